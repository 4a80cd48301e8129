// A long random session of three processes on one store: every decision is reached again, by its own policy and with usage from the audit alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Difference, type Replayed, replay } from '../../src/cli/audit-replay.ts';
import { readOperator } from '../../src/cli/operator-file.ts';
import { otherPolicy, simulated } from '../../src/cli/policy-simulate.ts';
import type { Change, Simulated } from '../../src/cli/simulation.ts';
import { readConfig } from '../../src/config.ts';
import { ChainCheck, everyEntry, parseHead } from '../../src/ledger/chain-check.ts';
import {
  TRUSTPAGER_ACTIONS as ACTIONS,
  TRUSTPAGER_CONTACTS as CONTACTS,
  type Sandbox,
  SCRIP_AUTOMATIONS as SCRIP,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { AuditRow, Store } from '../../src/store/store.ts';
import { connect, type Fixture, fastTwins, type Person, type Said } from '../fixtures.ts';
import { chance as chanceOf } from '../simulation/chance.ts';
import { run } from './program.ts';

const policy = `
limits: { ask_above_credits: 300, ask_above_people: 350 }
unknown_counts_as: 7.5
unknown_people_count_as: 50
zone: Australia/Brisbane
budgets:
  - { name: day, per: day, credits: { soft: 300.5, hard: 900 }, calls: 60 }
  - { name: each, per: hour, each: automation, credits: 260, people: { soft: 300 } }
  - { name: mine, per: hour, each: principal, calls: { soft: 25 } }
rules:
  - { name: texts, when: 'vendor == "trustpager" && effect == "run" && credits.known', verdict: allow, ceilings: { credits: 400, calls: 6 } }
  - { name: no-winter, when: 'has(target.name) && target.name.contains("Winter")', verdict: deny, reason: Not in winter. }
  - { name: no-lists, when: 'tool == "trustpager_list_runs"', verdict: deny }
`;
const stricter = `
budgets: [{ name: tiny, per: day, credits: 20 }]
rules: [{ name: no-scrip, when: 'vendor == "scrip"', verdict: deny, reason: No Scrip. }]
`;

const chance = chanceOf(20_261_120);
const folder = mkdtempSync(join(tmpdir(), 'automations-mcp-simulate-'));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

/** What an agent may think of; some of it is refused, some of it is nonsense. */
function wish(): [tool: string, args: Record<string, unknown>] {
  const scrip = { automation_id: chance.pick(Object.values(SCRIP)) };
  const pager = { automation_id: chance.pick(Object.values(TRUSTPAGER)) };
  const data = { trigger_data: { contact_id: chance.pick(Object.values(CONTACTS)) } };
  const write = (): [string, Record<string, unknown>] =>
    chance.pick([
      ['scrip_trigger_automation', scrip],
      ['scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest }],
      ['scrip_update_automation', { ...scrip, description: `Number ${chance.between(1, 99)}` }],
      ['scrip_update_automation', { ...scrip, status: chance.pick(['active', 'paused']) }],
      ['trustpager_trigger_automation', { ...pager, ...data }],
      ['trustpager_trigger_automation', { automation_id: TRUSTPAGER.welcomeSms, ...data }],
      ['trustpager_trigger_automation', { automation_id: TRUSTPAGER.reviewRequest, ...data }],
      [
        'trustpager_execute_action',
        { automation_id: TRUSTPAGER.quoteFollowUp, action_id: chance.pick(Object.values(ACTIONS)), ...data },
      ],
      ['trustpager_disable_automation', pager],
      ['trustpager_enable_automation', pager],
    ]);
  return chance.weighted({ write: 12, plan: 2, read: 4, wrong: 1 }) === 'write'
    ? write()
    : chance.pick([
        ['plan_call', (([tool, args]) => ({ tool, arguments: args }))(write())],
        ['scrip_get_automation', scrip],
        ['trustpager_list_runs', pager],
        ['trustpager_list_automations', {}],
        ['scrip_get_automation', { automation_id: 7 }],
        ['list_connections', {}],
      ]);
}

/** What chance must not leave out. */
const always: ReturnType<typeof wish>[] = [
  ['trustpager_trigger_automation', { automation_id: TRUSTPAGER.winterNewsletter }],
  ['trustpager_list_runs', { automation_id: TRUSTPAGER.welcomeSms }],
  ['scrip_trigger_automation', { automation_id: SCRIP.weeklyDigest }],
  ['scrip_get_automation', { automation_id: 7 }],
  ['scrip_list_automations', {}],
];

let sandbox: Sandbox;
let servers: Fixture[];
let store: Store;
let rows: AuditRow[];
const said: Said[] = [];

beforeAll(async () => {
  sandbox = await startSandbox(fastTwins);
  const person: Person = async () =>
    chance.maybe(0.7)
      ? { action: 'accept', content: { confirm: true } }
      : { action: chance.pick(['decline', 'cancel'] as const) };
  const env = { AUTOMATIONS_CONFIG: file('policy.yaml', policy), AUTOMATIONS_CALL_TIMEOUT: '2' };
  servers = await Promise.all(
    (['modern', 'legacy', 'modern'] as const).map((era, n) =>
      connect({ transport: 'stdio', era, sandbox, stateFolder: folder, env, ...(n === 2 ? {} : { person }) }),
    ),
  );
  // Each client has two calls under way at any time, so that calls meet in one process and in several.
  const agent = async (server: Fixture): Promise<void> => {
    for (const [tool, args] of [...always, ...Array.from({ length: 20 }, wish)])
      said.push(await server.call(tool, args));
  };
  await Promise.all(servers.flatMap((server, n) => (n === 2 ? [agent(server)] : [agent(server), agent(server)])));
  await Promise.all(servers.map(server => server.close()));
  store = sqliteStore(join(folder, 'state.sqlite'));
  rows = await store.audit(0, 100_000);
}, 120_000);

afterAll(async () => {
  await store.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

async function simulation(path: string): Promise<Simulated & { list: Change[] }> {
  const lines: string[] = [];
  const other = otherPolicy(readConfig({}, { AUTOMATIONS_CONFIG: path }), await readOperator(path));
  expect(await simulated(store, other, async line => lines.push(line) > 0, true)).toBe(0);
  return JSON.parse(lines[0] ?? '');
}
const verdicts = () =>
  rows.filter(({ kind }) => kind === 'decision').map(({ body }) => JSON.parse(body).verdict.verdict as string);

describe('the session', () => {
  test('was lively: every verdict, every kind of entry, budgets and standing approvals among them', () => {
    expect(new Set(verdicts())).toEqual(new Set(['allow', 'ask', 'ask_human', 'deny']));
    const kinds = new Set(rows.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      ['answer', 'decision', 'intent', 'policy', 'question', 'read', 'receipt', 'refused'].sort(),
    );
    const rules = new Set(rows.flatMap(({ kind, body }) => (kind === 'decision' ? JSON.parse(body).verdict.rule : [])));
    for (const rule of ['budget', 'texts', 'no-winter', 'no-lists', 'precondition', 'defaults'])
      expect(rules).toContain(rule);
    expect(rows.filter(({ kind }) => kind === 'policy')).toHaveLength(3);
  });

  test('left a chain that is whole, with every head that a result carried', async () => {
    const heads = said.flatMap(({ structured }) => parseHead(structured?.audit ?? '') ?? []);
    expect(heads.length).toBeGreaterThan(30);
    const check = new ChainCheck(heads);
    for await (const row of everyEntry(store)) expect(check.next(row)).toEqual([]);
    expect(check.end()).toEqual([]);
  });
});

describe('replay', () => {
  const replayed = async (of: AuditRow[], program: string): Promise<Replayed & { found: Difference[] }> => {
    const found: Difference[] = [];
    const each = async function* () {
      yield* of;
    };
    return { ...(await replay(each(), program, async difference => void found.push(difference))), found };
  };
  const program = () => JSON.parse(rows.find(({ kind }) => kind === 'policy')?.body ?? '').program as string;

  test('reaches every decision again', async () => {
    const { decisions, found } = await replayed(rows, program());
    expect(found).toEqual([]);
    expect(decisions).toBeGreaterThan(100);
  });

  test('tells of a verdict that is not what its facts come to, and of a fact that was another', async () => {
    const at = rows.findIndex(
      ({ kind, body }) => kind === 'decision' && body.includes('"rule":"defaults","verdict":"ask"'),
    );
    // biome-ignore lint/suspicious/noExplicitAny: a body is changed field by field
    const changed = (work: (body: any) => void): AuditRow[] =>
      rows.map((row, n) => {
        if (n !== at) return row;
        const body = JSON.parse(row.body);
        work(body);
        return { ...row, body: JSON.stringify(body) };
      });
    const { seq } = rows[at] as AuditRow;
    const found = async (of: AuditRow[]) => (await replayed(of, program())).found;
    expect(await found(changed(({ verdict }) => Object.assign(verdict, { verdict: 'allow' })))).toMatchObject([
      { seq },
    ]);
    expect(await found(changed(({ facts }) => Object.assign(facts, { effect: 'read' })))).toMatchObject([{ seq }]);
    const worded = changed(({ verdict }) => Object.assign(verdict, { reason: 'Well.' }));
    expect(await found(worded)).toMatchObject([{ seq }]);
    expect(await replayed(worded, 'another version')).toMatchObject({ found: [], reworded: 1 });
  });

  test('tells of a policy that is missing, is not what its version says, or cannot be read', async () => {
    const without = await replayed(
      rows.filter(({ kind }) => kind !== 'policy'),
      program(),
    );
    expect(without.different).toBe(without.decisions);
    expect(without.found[0]?.why).toBe('its policy is not in the audit');
    const other = rows.map(row =>
      row.kind === 'policy' ? { ...row, body: row.body.replace('Not in winter', 'Winter is fine') } : row,
    );
    expect((await replayed(other, program())).found[0]?.why).toBe('its policy is not the one of that version');
  });

  test('is a command', async () => {
    expect(await run(['audit', 'replay', '--state-folder', folder])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^All \d+ decisions come out as they are recorded\.\n$/),
      stderr: '',
    });
  });
});

describe('policy simulate', () => {
  test('of the policy that made the audit changes nothing', async () => {
    const { changed, list, decisions, sent, ...rest } = await simulation(join(folder, 'policy.yaml'));
    expect(list).toEqual([]);
    expect(changed).toBe(0);
    expect(decisions).toBeGreaterThan(100);
    expect(rest).toMatchObject({ changes: {}, refused: { calls: 0 }, asked: { calls: 0 }, unasked: { calls: 0 } });
    const { used } = await store.used(
      (['calls', 'credits', 'people'] as const).map(unit => ({ unit, since: 0, where: {} })),
    );
    // What stops something counts for no call in budgets.
    expect([sent.credits, sent.people]).toEqual(used.slice(1));
    expect(sent.calls).toBeGreaterThanOrEqual(used[0] ?? 0);
  });

  test('of another shows what would have changed, and what that comes to', async () => {
    const same = await simulation(join(folder, 'policy.yaml'));
    const { list, refused, sent, changes, changed } = await simulation(file('stricter.yaml', stricter));
    expect(sent).toEqual(same.sent);
    expect(list).toHaveLength(changed);
    expect(Object.values(changes).reduce((sum, times) => sum + times, 0)).toBe(changed);
    const scrip = list.filter(
      ({ tool, then, plan }) => tool?.startsWith('scrip_') && then?.verdict !== 'deny' && !plan,
    );
    expect(new Set(scrip.map(({ now }) => `${now?.verdict} ${now?.rule}`))).toContain('deny no-scrip');
    const dear = list.filter(({ now }) => now?.rule === 'budget');
    expect(dear.length).toBeGreaterThan(0);
    expect(refused.calls).toBeGreaterThan(0);
    expect(refused.calls).toBeLessThanOrEqual(sent.calls);
    // What was denied counts for nothing afterwards, so that the new budget is not said to be used up for ever.
    const left = sent.credits - refused.credits;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(sent.credits / 2);
  });
});
