// Things that happen in a business: each runs the enabled automations whose trigger matches it (trustpager.md 5.2, 5.4).
import { isObject, type JsonObject } from '../json.ts';
import { isTriggerType } from './catalogue.ts';
import { runAutomation } from './runs.ts';
import { type Automation, childrenOf, type Run, type Trigger, type TrustPagerState, type Workspace } from './state.ts';

/** silent: where a happening says what it came from; these are the keys that are looked at, and source_id itself. */
const SOURCE_KEYS: Record<string, readonly string[]> = {
  form_template: ['form_id', 'form_template_id'],
  sms: ['phone_number_id'],
  voice_agent: ['agent_id', 'voice_agent_id'],
  webhook: ['webhook_id'],
  document_template: ['document_template_id'],
  signature_template: ['signature_template_id'],
};

function comesFrom({ source_type, source_id }: Trigger, data: JsonObject): boolean {
  if (source_id === null) return true;
  return ['source_id', ...(SOURCE_KEYS[source_type] ?? [])].some(key => data[key] === source_id);
}

/** Several trigger rows are an OR; an automation without rows goes by its own trigger type, stage_changed by its stage too. */
function matches(workspace: Workspace, automation: Automation, type: string, data: JsonObject): boolean {
  if (!automation.enabled) return false;
  if (automation.trigger_type === 'stage_changed')
    return type === 'stage_changed' && data.to_stage_id === automation.stage_id;
  const rows = childrenOf(workspace.triggers, automation.id);
  if (rows.length === 0) return automation.trigger_type === type;
  return rows.some(row => row.trigger_type === type && comesFrom(row, data));
}

/** Entity triggers say which record they are about, and update ones what changed (trustpager.md 5.4). */
function withEntity(type: string, data: JsonObject): JsonObject {
  const [, kind, what] = /^(contact|customer|deal)_(created|updated)$/.exec(type) ?? [];
  if (!kind) return data;
  return {
    _trigger_entity_kind: kind,
    _trigger_entity_id: data[`${kind}_id`] ?? null,
    ...(what === 'updated' ? { _changed_fields: [], _previous_values: {} } : {}),
    ...data,
  };
}

/** The runs it led to, by priority, lower first (trustpager.md 5.2); or the sentence that says what is wrong. */
export async function happenOutside(state: TrustPagerState, body: unknown): Promise<Run[] | string> {
  if (!isObject(body)) return 'The body must be a JSON object';
  const { trigger_type, data = {} } = body;
  if (typeof trigger_type !== 'string' || !isTriggerType(trigger_type))
    return 'trigger_type must be one that GET /schemas/triggers lists';
  if (!isObject(data)) return 'data must be an object';
  const workspace = state.workspaces[0];
  if (!workspace) return 'There is no workspace';
  const full = withEntity(trigger_type, data);
  const hit = [...workspace.automations.values()]
    .filter(automation => matches(workspace, automation, trigger_type, full))
    .sort((a, b) => a.priority - b.priority || a.order - b.order);
  const runs: Run[] = [];
  for (const automation of hit)
    runs.push(
      await runAutomation(state, workspace, automation, full, {
        trigger_type,
        triggered_by_type: 'event',
        triggered_by_id: null,
        body_key: 'none',
        depth: 0,
      }),
    );
  return runs;
}
