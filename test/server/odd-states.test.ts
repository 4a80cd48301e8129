// A vendor whose answers hold states that nobody documented: what cannot be read for certain is refused, and nobody is asked about it (P13).
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, fastTwins, type Person } from '../fixtures.ts';
import { accept, answering, fault } from './twin.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies are changed field by field
type Body = any;

type Change = (body: Body, path: string) => unknown;

/** The twins, with every answer to a read changed on its way. */
async function between() {
  const sandbox = await startSandbox(fastTwins);
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { host: _, connection: __, ...headers } = req.headers as Record<string, string>;
    const { method = 'GET', url = '' } = req;
    const sent = chunks.length > 0 ? { body: Buffer.concat(chunks) } : {};
    const answer = await fetch(`${sandbox.url}${url}`, { method, headers, ...sent });
    const text = await answer.text();
    const changed = method === 'GET' && answer.ok && vendor.change?.(JSON.parse(text), url);
    res.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
    res.end(changed === false || changed === undefined ? text : JSON.stringify(changed));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const vendor = {
    sandbox,
    change: undefined as Change | undefined,
    env: {
      SCRIP_BASE_URL: sandbox.scrip.baseUrl.replace(sandbox.url, here),
      TRUSTPAGER_BASE_URL: sandbox.trustpager.baseUrl.replace(sandbox.url, here),
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(done => server.close(done));
      await sandbox.close();
    },
  };
  return vendor;
}

const scrip = { automation_id: SCRIP_AUTOMATIONS.apologyCredit };
const trustpager = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms };
/** Missing, wrongly written, of another type: none of it is a state that the vendors' pages name. */
const odd = [undefined, null, '', 'Active', ' active', 'Idle', 'resting', 'true', 1, {}];

const place = (field: string, value: unknown): Change =>
  field === 'enabled'
    ? (body, path) =>
        path.endsWith(trustpager.automation_id) ? { ...body, data: { ...body.data, enabled: value } } : body
    : field === 'status of a run'
      ? (body, path) => (/\/runs/.test(path) ? { ...body, data: [{ id: 'r1', run_id: 'r1', status: value }] } : body)
      : (body, path) => (path.includes(scrip.automation_id) ? { ...body, [field]: value } : body);

/** Everything but firing and stopping. */
const scripChanges = [
  ...[
    { name: 'Another' },
    { payload: { points: '50' } },
    { participant_filter: '"vip" in participant.tags' },
    { status: 'active' },
  ].map(change => ['scrip_update_automation', { ...scrip, ...change }] as const),
  ['scrip_archive_automation', scrip] as const,
];
const trustpagerChanges = [
  ['trustpager_update_automation', { ...trustpager, priority: 3 }],
  ['trustpager_update_automation', { ...trustpager, name: 'Another' }],
  ['trustpager_enable_automation', trustpager],
  ['trustpager_delete_automation', trustpager],
  ['trustpager_add_action', { ...trustpager, action_type: 'add_tasks', sequence: 2 }],
  ['trustpager_add_trigger', { ...trustpager, trigger_type: 'call_voicemail' }],
] as const;
/** Stopping waits for nothing, and so for no state. */
const stopping = {
  status: ['scrip_update_automation', { ...scrip, status: 'paused' }],
  enabled: ['trustpager_disable_automation', trustpager],
} as const;

describe.concurrent('P13: a state that the vendor’s pages do not name', { timeout: 120_000 }, () => {
  test.each([
    ['status', 'scrip_trigger_automation', scrip, scripChanges],
    ['execution_status', 'scrip_trigger_automation', scrip, []],
    ['trigger_type', 'scrip_trigger_automation', scrip, []],
    ['scope', 'scrip_trigger_automation', scrip, []],
    ['enabled', 'trustpager_trigger_automation', trustpager, trustpagerChanges],
    ['status of a run', 'trustpager_trigger_automation', trustpager, []],
  ] as const)(
    '%s: what fires or changes anything is refused, and nobody is asked; stopping goes through',
    async (field, fire, args, changes) => {
      await using vendor = await between();
      const person = answering(accept);
      await using f = await connect({ sandbox: vendor.sandbox, person, env: vendor.env });
      for (const value of odd) {
        vendor.change = place(field, value);
        const said = await f.call(fire, args);
        expect(said.structured, JSON.stringify(value)).toMatchObject({
          outcome: 'denied',
          code: 'precondition_failed',
          rule: 'precondition',
        });
        for (const [tool, given] of changes) {
          const { structured } = await f.call('plan_call', { tool, arguments: given });
          expect(structured, `${tool} with ${JSON.stringify(value)}`).toMatchObject({
            verdict: 'deny',
            rule: 'precondition',
          });
        }
        const [stop, given] = stopping[field as keyof typeof stopping] ?? [];
        if (!stop) continue;
        const { structured } = await f.call('plan_call', { tool: stop, arguments: given });
        expect(structured, `${stop} with ${JSON.stringify(value)}`).toMatchObject({ verdict: 'allow' });
      }
      expect(person.shown).toEqual([]);
      expect(await f.writes()).toEqual([]);
      expect(await f.house?.store.intents({})).toEqual([]);
      vendor.change = undefined;
      expect((await f.call(fire, args)).structured.outcome).toBe('done');
    },
  );

  test.each([
    ['execution_status', 'scrip_trigger_automation', scrip],
    ['enabled', 'trustpager_trigger_automation', trustpager],
  ] as const)('P9: %s, once the person has said yes: nothing is sent', async (field, fire, args) => {
    await using vendor = await between();
    const person: Person = async () => {
      vendor.change = place(field, 'resting');
      return accept;
    };
    await using f = await connect({ sandbox: vendor.sandbox, person, env: vendor.env });
    expect((await f.call(fire, args)).structured).toMatchObject({ outcome: 'denied', code: 'precondition_failed' });
    expect(await f.writes()).toEqual([]);
  });

  test('an automation that is not told in full, or is another one, is not fired', async () => {
    await using vendor = await between();
    const person = answering(accept);
    await using f = await connect({ sandbox: vendor.sandbox, person, env: vendor.env });
    const id = SCRIP_AUTOMATIONS.weeklyDigest;
    const told = [
      {},
      [],
      null,
      'text',
      7,
      { data: [] },
      { data: null },
      { id: scrip.automation_id },
      { error: 'none' },
    ];
    const answers: Change[] = [
      ...told.map(value => () => value),
      body => (body.data ? { ...body, data: { ...body.data, id } } : { ...body, id }),
    ];
    for (const answer of answers)
      for (const [fire, args] of [
        ['scrip_trigger_automation', scrip],
        ['trustpager_trigger_automation', trustpager],
      ] as const) {
        vendor.change = (body, path) => (path.endsWith(args.automation_id) ? answer(body, path) : body);
        const said = await f.call(fire, args);
        expect(['denied', 'not_sent'], `${fire} with ${answer}`).toContain(said.structured.outcome);
      }
    expect(person.shown).toEqual([]);
    expect(await f.writes()).toEqual([]);
  });

  test.each(['500_before', 'html', 'malformed', 'reset_before', 'timeout_before', '429', 'redirect', 'oversized'])(
    'what cannot be read at all, %s: nothing is fired, and nobody is asked',
    async kind => {
      const person = answering(accept);
      await using f = await connect({ person, env: { AUTOMATIONS_READ_TIMEOUT: '1', AUTOMATIONS_CALL_TIMEOUT: '5' } });
      await fault(f.sandbox, { fault: kind, method: 'GET', times: 0 });
      for (const [fire, args] of [
        ['scrip_trigger_automation', scrip],
        ['trustpager_trigger_automation', trustpager],
        ['scrip_update_automation', { ...scrip, payload: { points: '50' } }],
        ['trustpager_enable_automation', trustpager],
      ] as const)
        expect((await f.call(fire, args)).structured, fire).toMatchObject({ outcome: 'not_sent' });
      expect(person.shown).toEqual([]);
      expect(await f.writes()).toEqual([]);
      expect(await f.house?.store.questions()).toEqual([]);
    },
  );
});
