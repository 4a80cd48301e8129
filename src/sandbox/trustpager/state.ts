// What the TrustPager twin remembers: workspaces with their automations, runs, approvals and CRM records, and the keys into them.
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import type { Readings } from '../readings.ts';

export interface Automation {
  order: number;
  id: string;
  name: string;
  description: string | null;
  trigger_type: string;
  stage_id: string | null;
  conditions: JsonObject | null;
  enabled: boolean;
  priority: number;
  dedup_enabled: boolean;
  dedup_window_minutes: number | null;
  max_executions_per_day: number | null;
  created_at: number;
}

export interface Trigger {
  order: number;
  id: string;
  automation_id: string;
  trigger_type: string;
  source_type: string;
  source_id: string | null;
  config: JsonObject;
  created_at: number;
}

export interface Action {
  order: number;
  id: string;
  automation_id: string;
  action_type: string;
  sequence: number;
  config: JsonObject;
  created_at: number;
}

export interface ActionResult {
  action_id: string;
  action_type: string;
  sequence: number;
  status: 'success' | 'failed' | 'skipped';
  duration_ms: number;
  request: JsonObject;
  response: JsonObject | null;
  error: string | null;
}

/** Which of the two documented body keys the context came in (trustpager.md C3). */
export type BodyKey = 'trigger_data' | 'payload' | 'both' | 'none';

export interface Run {
  order: number;
  id: string;
  automation_id: string;
  status: 'running' | 'completed' | 'failed' | 'skipped';
  trigger_type: string;
  triggered_by_type: 'api_key' | 'automation' | 'event';
  triggered_by_id: string | null;
  trigger_data: JsonObject;
  body_key: BodyKey;
  actions_total: number;
  results: ActionResult[];
  error_message: string | null;
  started_at: number;
  completed_at: number | null;
  credits_spent: number;
}

/** A send that waits for its time (trustpager.md 8). */
export interface ScheduledSend {
  order: number;
  id: string;
  channel: 'email' | 'sms' | 'voice_call';
  status: 'pending' | 'dispatching' | 'dispatched' | 'failed' | 'cancelled' | 'skipped';
  automation_id: string;
  action_id: string;
  run_id: string | null;
  to: string;
  scheduled_for: number;
  created_at: number;
  dispatched_at: number | null;
}

export interface Answer {
  status: number;
  text: string;
}

/** What was answered under an Idempotency-Key, or will be. */
export interface Kept {
  fingerprint: string;
  at: number;
  answer?: Answer;
  /** Resolves to the first answer, or to nothing when there was none worth repeating. */
  pending?: Promise<Answer | undefined>;
}

export interface Approval {
  order: number;
  id: string;
  api_key_id: string;
  scopes: string[];
  resource: string;
  action: string;
  method: string;
  path: string;
  status: 'pending' | 'approved' | 'rejected' | 'expired' | 'executed' | 'failed';
  request_body: unknown;
  target_id: string | null;
  created_at: number;
  expires_at: number;
  resolved_at: number | null;
  resolved_by: string | null;
  executed_at: number | null;
  primary_assignee_id: string | null;
}

export interface Contact {
  id: string;
  first_name: string;
  last_name: string;
  email: string | null;
  phone: string | null;
  tags: string[];
  lead_source: string;
  customer_id: string;
  timezone?: string;
}

export interface Deal {
  id: string;
  name: string;
  value: number;
  stage_id: string;
  contact_id: string;
}

export interface Workspace {
  id: string;
  name: string;
  plan: 'business' | 'free';
  credits: number;
  automations: Map<string, Automation>;
  triggers: Map<string, Trigger>;
  actions: Map<string, Action>;
  runs: Map<string, Run>;
  /** The same runs by automation, in the order they began. */
  runsOf: Map<string, Run[]>;
  scheduled: Map<string, ScheduledSend>;
  approvals: Map<string, Approval>;
  contacts: Map<string, Contact>;
  customers: Map<string, { id: string; name: string }>;
  deals: Map<string, Deal>;
  user: { id: string; first_name: string; email: string };
}

export interface Key {
  id: string;
  secret: string;
  profile: string;
  workspace: Workspace;
  scopes: string[];
  /** When it was used in the last day, for the rate limits. */
  used: number[];
}

export interface TrustPagerState {
  clock: Clock;
  readings: Readings;
  actionMs: number;
  rateLimits: boolean;
  /** Whether an action of this type is to fail, ordered through the control room. */
  failAction(actionType: string): boolean;
  /** How many times its price the next action of this type is charged: 1, unless a fault was ordered. */
  chargeFactor(actionType: string): number;
  workspaces: Workspace[];
  keys: Map<string, Key>;
  /** Answers by workspace, key and Idempotency-Key, oldest first. */
  kept: Map<string, Kept>;
  made: number;
}

export function addRun(workspace: Workspace, run: Run): void {
  workspace.runs.set(run.id, run);
  const known = workspace.runsOf.get(run.automation_id);
  if (known) known.push(run);
  else workspace.runsOf.set(run.automation_id, [run]);
}

export const childrenOf = <T extends { automation_id: string }>(rows: Map<string, T>, automationId: string): T[] =>
  [...rows.values()].filter(row => row.automation_id === automationId);

export function actionsInOrder(workspace: Workspace, automationId: string): Action[] {
  return childrenOf(workspace.actions, automationId).sort((a, b) => a.sequence - b.sequence || a.order - b.order);
}
