// The requests that change something at Scrip, drawn up and not sent (scrip.md section 9).
import { path, scripId } from '../path.ts';
import type { JsonObject, VendorRequest } from '../types.ts';

const program = (id: string): string => scripId(id, 'The program id');
const automation = (id: string): string => scripId(id, 'The automation id');

/** `body` as the vendor wants it: schedule fields nested in `trigger`, whose type is called `type` (scrip.md 9.2). Live at once. */
export const createAutomation = (programId: string, body: JsonObject): VendorRequest => ({
  method: 'POST',
  path: path`/programs/${program(programId)}/automations`,
  body,
  pace: 'write',
});

/** `body` is flat, unlike on create; only fields given change (scrip.md 9.4). */
export const updateAutomation = (programId: string, automationId: string, body: JsonObject): VendorRequest => ({
  method: 'PATCH',
  path: path`/programs/${program(programId)}/automations/${automation(automationId)}`,
  body,
  pace: 'write',
});

/** No body: the payload cannot be set per firing (scrip.md 9.6). It answers at once, before the fan-out is over. */
export const triggerAutomation = (programId: string, automationId: string): VendorRequest => ({
  method: 'POST',
  path: path`/programs/${program(programId)}/automations/${automation(automationId)}/trigger`,
  pace: 'write',
});

/** Archives it, for good; no body (scrip.md 9.5). What becomes of a fan-out under way, no page says. */
export const archiveAutomation = (programId: string, automationId: string): VendorRequest => ({
  method: 'DELETE',
  path: path`/programs/${program(programId)}/automations/${automation(automationId)}`,
  pace: 'write',
});

/** Stops a fan-out and nothing else: the automation stays active (scrip.md 9.7). Method and path follow its siblings; no page prints them. */
export const cancelRun = (programId: string, automationId: string): VendorRequest => ({
  method: 'POST',
  path: path`/programs/${program(programId)}/automations/${automation(automationId)}/cancel`,
  pace: 'write',
});

/** Answers 202 at once and works on; newly matching participants may get events from then on (scrip.md 9.8). */
export const refreshSubscriptions = (programId: string, automationId: string): VendorRequest => ({
  method: 'POST',
  path: path`/programs/${program(programId)}/automations/${automation(automationId)}/refresh-subscriptions`,
  pace: 'write',
});
