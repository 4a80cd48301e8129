// The TrustPager workspace of the demonstration: a plumbing business, its automations, a few past runs, and keys of every kind.
import { randomUUID } from 'node:crypto';
import { createClock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import { defaultReadings } from '../readings.ts';
import {
  TRUSTPAGER_ACTIONS as ACT,
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_CONTACTS,
  TRUSTPAGER_DEALS,
  TRUSTPAGER_KEYS,
  TRUSTPAGER_RUNS,
  TRUSTPAGER_STAGES,
  uuidOf,
} from '../seed.ts';
import { addAutomations } from './seed-automations.ts';
import { type ActionResult, addRun, type Run, type TrustPagerState, type Workspace } from './state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CUSTOMER = uuidOf('trustpager customer household');
const SHOP = uuidOf('trustpager customer shop');
const STARTING_CREDITS = 4820;

export function emptyTrustPager(options: Partial<TrustPagerState> = {}): TrustPagerState {
  return {
    clock: createClock(),
    readings: defaultReadings(),
    actionMs: 150,
    rateLimits: true,
    failAction: () => false,
    chargeFactor: () => 1,
    workspaces: [],
    keys: new Map(),
    kept: new Map(),
    made: 0,
    ...options,
  };
}

export function seedTrustPager(state: TrustPagerState): void {
  const brightwater = makeWorkspace(state, 1, { plan: 'business', credits: STARTING_CREDITS });
  const broke = makeWorkspace(state, 2, { plan: 'business', credits: 0 });
  const free = makeWorkspace(state, 3, { plan: 'free', credits: 500 });
  const keys: [keyof typeof TRUSTPAGER_KEYS, Workspace, string[]][] = [
    ['full', brightwater, ['admin']],
    ['readOnly', brightwater, ['automations:read', 'billing:read']],
    ['writeNoTrigger', brightwater, ['automations:write', 'billing:read']],
    [
      'triggerNew',
      brightwater,
      ['automations:write', 'automations:delete', 'automations-trigger:trigger', 'billing:read'],
    ],
    ['triggerOld', brightwater, ['automations:write', 'automations:trigger']],
    ['triggerNoWrite', brightwater, ['automations:read', 'automations-trigger:trigger']],
    [
      'approval',
      brightwater,
      [
        'automations:write-approval',
        'automations:delete-approval',
        'automations-trigger:trigger-approval',
        'billing:read',
        'approvals:read',
      ],
    ],
    ['noCredits', broke, ['admin']],
    ['freePlan', free, ['admin']],
  ];
  keys.forEach(([profile, workspace, scopes]) => {
    const secret = TRUSTPAGER_KEYS[profile];
    state.keys.set(secret, {
      id: uuidOf(`trustpager key ${profile}`),
      secret,
      profile,
      workspace,
      scopes,
      used: [],
    });
  });
}

function makeWorkspace(state: TrustPagerState, n: number, account: Pick<Workspace, 'plan' | 'credits'>): Workspace {
  const workspace: Workspace = {
    id: uuidOf(`trustpager workspace ${n}`),
    name: 'Brightwater Plumbing',
    ...account,
    automations: new Map(),
    triggers: new Map(),
    actions: new Map(),
    runs: new Map(),
    runsOf: new Map(),
    scheduled: new Map(),
    approvals: new Map(),
    contacts: new Map(),
    customers: new Map([
      [CUSTOMER, { id: CUSTOMER, name: 'Raman household' }],
      [SHOP, { id: SHOP, name: 'Becker Bikes' }],
    ]),
    deals: new Map(),
    user: { id: uuidOf('trustpager user gwen'), first_name: 'Gwen', email: 'gwen@brightwater.test' },
  };
  state.workspaces.push(workspace);
  addCrm(workspace);
  addAutomations(state, workspace);
  addRuns(state, workspace);
  return workspace;
}

function addCrm({ contacts, deals }: Workspace): void {
  const { priya, tom, nadia } = TRUSTPAGER_CONTACTS;
  contacts.set(priya, {
    id: priya,
    first_name: 'Priya',
    last_name: 'Raman',
    email: 'priya@example.test',
    phone: '+61400000101',
    tags: ['residential', 'repeat'],
    lead_source: 'website',
    customer_id: CUSTOMER,
  });
  contacts.set(tom, {
    id: tom,
    first_name: 'Tom',
    last_name: 'Becker',
    email: 'tom@example.test',
    phone: '+61400000102',
    tags: ['commercial'],
    lead_source: 'referral',
    customer_id: SHOP,
  });
  contacts.set(nadia, {
    id: nadia,
    first_name: 'Nadia',
    last_name: 'Costa',
    email: 'nadia@example.test',
    phone: null,
    tags: ['residential'],
    lead_source: 'facebook',
    customer_id: CUSTOMER,
  });
  const { bathroom, gutters } = TRUSTPAGER_DEALS;
  deals.set(bathroom, {
    id: bathroom,
    name: 'Bathroom renovation',
    value: 8400,
    stage_id: TRUSTPAGER_STAGES.quoteSent,
    contact_id: priya,
  });
  deals.set(gutters, {
    id: gutters,
    name: 'Shop gutters',
    value: 1250,
    stage_id: TRUSTPAGER_STAGES.won,
    contact_id: tom,
  });
}

function addRuns(state: TrustPagerState, workspace: Workspace): void {
  const now = state.clock.now();
  const past = (
    id: string,
    automation_id: string,
    ago: number,
    status: Run['status'],
    data: JsonObject,
    results: Partial<ActionResult>[],
    error_message: string | null = null,
  ) => {
    const started_at = now - ago;
    const full = results.map((result, index) => ({
      action_id: randomUUID(),
      action_type: 'send_sms',
      sequence: index + 1,
      status: 'success' as const,
      duration_ms: 600,
      request: {},
      response: {},
      error: null,
      ...result,
    }));
    addRun(workspace, {
      order: state.made++,
      id,
      automation_id,
      status,
      trigger_type: workspace.automations.get(automation_id)?.trigger_type ?? 'api',
      triggered_by_type: 'event',
      triggered_by_id: null,
      trigger_data: data,
      body_key: 'none',
      actions_total: status === 'skipped' ? 2 : full.length,
      results: full,
      error_message,
      started_at,
      completed_at: started_at + 600 * full.length + 40,
      credits_spent: 0,
    });
  };
  const { priya, tom, nadia } = TRUSTPAGER_CONTACTS;
  const noPhone = 'Recipient has no phone';
  past(TRUSTPAGER_RUNS.welcomeOlder, ID.welcomeSms, 6 * DAY, 'completed', { contact_id: tom }, [
    { action_id: ACT.welcomeSms, request: { to: '+61400000102' } },
  ]);
  past(TRUSTPAGER_RUNS.quoteCompleted, ID.quoteFollowUp, 4 * DAY, 'completed', { deal_id: TRUSTPAGER_DEALS.bathroom }, [
    {
      action_id: ACT.quoteEmail,
      action_type: 'send_gmail_email',
      request: { to: 'priya@example.test', subject: 'Your quote: Bathroom renovation' },
    },
    { action_id: ACT.quoteSms, request: { to: '+61400000101' } },
    { action_id: ACT.quoteTask, action_type: 'add_tasks' },
  ]);
  past(
    TRUSTPAGER_RUNS.bigJobSkipped,
    ID.bigJob,
    3 * DAY,
    'skipped',
    { deal_id: TRUSTPAGER_DEALS.gutters },
    [],
    'Condition not met: deal.value gte 5000',
  );
  past(
    TRUSTPAGER_RUNS.welcomeFailed,
    ID.welcomeSms,
    2 * DAY,
    'failed',
    { contact_id: nadia },
    [{ action_id: ACT.welcomeSms, status: 'failed', response: null, request: { to: null }, error: noPhone }],
    noPhone,
  );
  past(
    TRUSTPAGER_RUNS.handoverPartly,
    ID.jobHandover,
    DAY,
    'completed',
    { deal_id: TRUSTPAGER_DEALS.gutters },
    [
      {
        action_id: ACT.handoverWebhook,
        action_type: 'call_webhook',
        status: 'failed',
        response: { status: 503 },
        error: 'Webhook answered 503',
      },
      { action_id: ACT.handoverDocument, action_type: 'portant' },
    ],
    'Webhook answered 503',
  );
  past(TRUSTPAGER_RUNS.welcomeCompleted, ID.welcomeSms, 5 * HOUR, 'completed', { contact_id: priya }, [
    { action_id: ACT.welcomeSms, request: { to: '+61400000101' } },
  ]);
}
