// The requests that change something at TrustPager, drawn up and not sent (trustpager.md sections 5 and 6).
import { path, trustpagerId } from '../path.ts';
import type { JsonObject, VendorRequest } from '../types.ts';

/** Under which key a run's context goes: the pages disagree (trustpager.md C3), and a wrong one is dropped without a word. */
export type BodyKey = 'trigger_data' | 'payload' | 'both';

const automation = (id: string): string => trustpagerId(id, 'The automation id');
const action = (id: string): string => trustpagerId(id, 'The action id');
const trigger = (id: string): string => trustpagerId(id, 'The trigger id');

/** The field of a run's data that holds the id of the intent it was fired by, where the operator wants runs marked (trustpager.md section 7: the run echoes it). */
export const marker = '_automations_mcp';

/** How a run's data goes: under which key, and marked with which intent's id, if with any. */
export interface Carrying {
  key?: BodyKey;
  intent?: string | undefined;
}

function context(given: JsonObject | undefined, { key = 'trigger_data', intent }: Carrying): { body?: JsonObject } {
  const data = intent === undefined ? given : { ...given, [marker]: intent };
  if (data === undefined) return {};
  return { body: key === 'both' ? { trigger_data: data, payload: data } : { [key]: data } };
}

/** Off unless `enabled` is true (trustpager.md 5.2). */
export const createAutomation = (body: JsonObject): VendorRequest => ({
  method: 'POST',
  path: path`/automations`,
  body,
  pace: 'write',
});

/** Only fields given change; `conditions: null` removes them all. */
export const updateAutomation = (id: string, body: JsonObject): VendorRequest => ({
  method: 'PATCH',
  path: path`/automations/${automation(id)}`,
  body,
  pace: 'write',
});

export const enableAutomation = (id: string): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/enable`,
  pace: 'write',
});

export const disableAutomation = (id: string): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/disable`,
  pace: 'write',
});

/** Real and billed; answers when the run is over. */
export const triggerAutomation = (id: string, data?: JsonObject, carrying: Carrying = {}): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/trigger`,
  ...context(data, carrying),
  pace: 'run',
});

/** One action of the chain, just as real and as dear as within it (trustpager.md 6.2, C6). */
export const executeAction = (
  id: string,
  actionId: string,
  data?: JsonObject,
  carrying: Carrying = {},
): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/actions/${action(actionId)}/execute`,
  ...context(data, carrying),
  pace: 'run',
});

/** Takes its triggers and actions with it, for good (trustpager.md section 5). */
export const deleteAutomation = (id: string): VendorRequest => ({
  method: 'DELETE',
  path: path`/automations/${automation(id)}`,
  pace: 'write',
});

/** `body`: trigger_type, source_type, source_id and config, all optional. One more row is one more way to fire (trustpager.md 5.4). */
export const addTrigger = (id: string, body: JsonObject): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/triggers`,
  body,
  pace: 'write',
});

export const updateTrigger = (id: string, triggerId: string, body: JsonObject): VendorRequest => ({
  method: 'PATCH',
  path: path`/automations/${automation(id)}/triggers/${trigger(triggerId)}`,
  body,
  pace: 'write',
});

export const deleteTrigger = (id: string, triggerId: string): VendorRequest => ({
  method: 'DELETE',
  path: path`/automations/${automation(id)}/triggers/${trigger(triggerId)}`,
  pace: 'write',
});

/** `body`: action_type and sequence, both needed, and config (trustpager.md 5.5). */
export const addAction = (id: string, body: JsonObject): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/actions`,
  body,
  pace: 'write',
});

/** That only what is given changes follows its siblings; no page says so of actions. */
export const updateAction = (id: string, actionId: string, body: JsonObject): VendorRequest => ({
  method: 'PATCH',
  path: path`/automations/${automation(id)}/actions/${action(actionId)}`,
  body,
  pace: 'write',
});

export const deleteAction = (id: string, actionId: string): VendorRequest => ({
  method: 'DELETE',
  path: path`/automations/${automation(id)}/actions/${action(actionId)}`,
  pace: 'write',
});

/** `actionIds`: all of them, in the new order. */
export const reorderActions = (id: string, actionIds: readonly string[]): VendorRequest => ({
  method: 'POST',
  path: path`/automations/${automation(id)}/actions/reorder`,
  body: { action_ids: actionIds.map(action) },
  pace: 'write',
});
