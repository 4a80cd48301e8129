// Rows for tests: complete ones, of which a test names only what it is about.
import { randomBytes } from 'node:crypto';
import type { AuditEntry, IntentRow, Opened, Opening, QuestionRow, Store } from '../../src/store/store.ts';

export const id = (): string => randomBytes(16).toString('hex');

/** Noon of some day; tests count from here. */
export const T = 1_800_000_000_000;

export const question = (of: Partial<QuestionRow> = {}): QuestionRow => ({
  id: id(),
  digest: 'digest',
  call: 'call',
  tool: 'scrip_trigger_automation',
  connection: 'main',
  principal: 'local',
  client: 'test',
  arguments: '{"automation_id":"a1"}',
  target_version: 'v1',
  policy_version: 'p1',
  quote: '{"low":1,"high":2}',
  verdict: 'ask',
  rule: 'defaults',
  shown: 'Fire "Weekly digest" now.\nAccount: main',
  changes: '[]',
  approver: 'anyone',
  created_at: T,
  expires_at: T + 120_000,
  state: 'open',
  channel: null,
  decided_at: null,
  decided_by: null,
  usable_until: null,
  intent_id: null,
  page_by: null,
  page_until: null,
  ...of,
});

export const intent = (of: Partial<IntentRow> = {}): IntentRow => ({
  id: id(),
  call: 'call',
  tool: 'scrip_trigger_automation',
  effect: 'run',
  connection: 'main',
  principal: 'local',
  client: 'test',
  target: 'a1',
  arguments: '{"automation_id":"a1"}',
  request: '{"method":"POST"}',
  approval_id: null,
  quote: '{"low":1,"high":2}',
  preimage: '{}',
  before: 'null',
  rule: 'defaults',
  credits: 2,
  calls: 1,
  people: 0,
  created_at: T,
  deadline_at: T + 30_000,
  outcome: null,
  receipt: null,
  settled_at: null,
  ...of,
});

export const opening = (of: Partial<IntentRow> = {}, more: Partial<Opening> = {}): Opening => ({
  intent: intent(of),
  stops: false,
  unknown_answers_for: 600_000,
  done_answers_for: 0,
  limits: [],
  ...more,
});

export const entry = (of: Partial<AuditEntry> = {}): AuditEntry => ({
  at: T,
  kind: 'read',
  principal: 'local',
  client: 'test',
  connection: 'main',
  tool: 'scrip_get_automation',
  intent_id: null,
  body: '{"automation_id":"a1"}',
  ...of,
});

export const yes = (at: number) =>
  ({ state: 'approved', channel: 'terminal', at, by: 'bo', usable_until: at + 120_000 }) as const;
export const no = (at: number) =>
  ({ state: 'rejected', channel: 'terminal', at, by: 'bo', usable_until: null }) as const;
export const receipt = (outcome: NonNullable<IntentRow['outcome']>, at: number) => ({
  outcome,
  receipt: JSON.stringify({ outcome }),
  at,
});

/** A question asked and approved at that time, as an opening names it. */
export async function approved(store: Store, at = T, digest = 'digest') {
  const { question: asked } = await store.ask(question({ created_at: at, expires_at: at + 120_000, digest }));
  await store.answer(asked.id, yes(at));
  return { id: asked.id, digest };
}

export const opened = (result: Opened) => ('opened' in result ? result.opened : undefined);
export const refused = (result: Opened) => ('refused' in result ? result.refused : undefined);
export const by = (result: Opened) => ('intent' in result ? result.intent.id : undefined);
