// Several accounts of one vendor: each call names one, every result says which, and nothing of one is used for another.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { readOperator } from '../../src/cli/operator-file.ts';
import { readConfig } from '../../src/config.ts';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { serveOverHttp } from '../../src/transports/http.ts';
import { fastTwins, requestsOf, said } from '../fixtures.ts';
import { confirmed, fireDigest, post } from './wire.ts';

/** Two Scrip accounts on twins of their own, one TrustPager account. */
async function house() {
  const [north, south] = await Promise.all([startSandbox(fastTwins), startSandbox(fastTwins)]);
  const folder = await mkdtemp(join(tmpdir(), 'accounts-'));
  for (const [name, key] of [
    ['north', north.scrip.key],
    ['south', south.scrip.key],
    ['crm', north.trustpager.key],
  ] as const)
    await writeFile(join(folder, name), key);
  const file = join(folder, 'automations.yaml');
  const scrip = (id: string, twin: typeof north, header: string) =>
    `  - { id: ${id}, vendor: scrip, key_file: ${join(folder, id)}, base_url: "${twin.scrip.baseUrl}", program: ${SCRIP_PROGRAMS.rewards}, auth_header: ${header} }\n`;
  await writeFile(
    file,
    `connections:\n${scrip('north', north, 'x-api-key')}${scrip('south', south, 'authorization')}  - { id: crm, vendor: trustpager, key_file: ${join(folder, 'crm')}, base_url: "${north.trustpager.baseUrl}", body_key: payload, mark_runs: true }\n`,
  );
  const config = readConfig(
    {},
    {
      AUTOMATIONS_STATE_FOLDER: folder,
      AUTOMATIONS_PORT: '0',
      AUTOMATIONS_LOG_LEVEL: 'silent',
      SCRIP_PACE: '100000',
      TRUSTPAGER_PACE: '100000',
    },
  );
  const home = openHouse(config, 'test', await readOperator(file));
  const server = await serveOverHttp(home, config);
  const client = new Client(
    { name: 'accounts', version: '1' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const shown: string[] = [];
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    shown.push(params.message);
    return { action: 'accept', content: { confirm: true } };
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  return {
    north,
    south,
    client,
    url: server.url,
    shown,
    call: async (name: string, args: Record<string, unknown> = {}) =>
      said(await client.callTool({ name, arguments: args })),
    async [Symbol.asyncDispose]() {
      await client.close();
      await server.close();
      await home.close();
      await Promise.all([north.close(), south.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}

const writesOf = async (twin: Parameters<typeof requestsOf>[0]) =>
  (await requestsOf(twin)).filter(({ method }) => method !== 'GET');

describe('several accounts', () => {
  test('the argument is there exactly where a vendor has several, and must be given', async () => {
    await using f = await house();
    const { tools } = await f.client.listTools();
    for (const { name, inputSchema } of tools) {
      const property = inputSchema.properties?.connection as { enum?: string[] } | undefined;
      if (name.startsWith('scrip_')) expect(property?.enum, name).toEqual(['north', 'south']);
      else if (name === 'watch_run') expect(property?.enum, name).toEqual(['north', 'south', 'crm']);
      else expect(property, name).toBeUndefined();
      expect(inputSchema.required?.includes('connection') ?? false, name).toBe(name.startsWith('scrip_'));
    }
    const ambiguous = await f.call('scrip_list_automations');
    expect(ambiguous.structured).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
    const foreign = await f.call('scrip_list_automations', { connection: 'crm' });
    expect(foreign.structured.code).toBe('invalid_input');
    const watched = await f.call('watch_run', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, wait_s: 0 });
    expect(watched.text).toContain('There are several scrip accounts');
    expect(await requestsOf(f.north)).toEqual([]);
    expect(await requestsOf(f.south)).toEqual([]);
  });

  test('a call reaches its account alone; plan, question and result name it', async () => {
    await using f = await house();
    const args = { connection: 'south', automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
    const plan = await f.call('plan_call', { tool: 'scrip_trigger_automation', arguments: args });
    expect(plan.text).toContain('account: south (production)');
    const fired = await f.call('scrip_trigger_automation', args);
    expect(fired.structured).toMatchObject({ outcome: 'done', connection: 'south' });
    expect(fired.text).toContain('Account: south.');
    expect(f.shown).toHaveLength(1);
    expect(f.shown[0]).toContain('Account: south (scrip, production)');
    expect(await writesOf(f.south)).toHaveLength(1);
    expect(await requestsOf(f.north)).toEqual([]);
    const seen = await f.call('watch_run', {
      connection: 'south',
      automation_id: SCRIP_AUTOMATIONS.weeklyDigest,
      wait_s: 5,
    });
    expect(seen.structured).toMatchObject({ state: 'ended', connection: 'south' });
  });

  test('P4 C13: the same call at another account is another call: it is asked and sent by itself', async () => {
    await using f = await house();
    for (const connection of ['north', 'south']) {
      const fired = await f.call('scrip_trigger_automation', {
        connection,
        automation_id: SCRIP_AUTOMATIONS.weeklyDigest,
      });
      expect(fired.structured.outcome).toBe('done');
    }
    expect(f.shown).toHaveLength(2);
    expect(await writesOf(f.north)).toHaveLength(1);
    expect(await writesOf(f.south)).toHaveLength(1);
  });

  test('P4 C13: a yes for one account is no yes for another', async () => {
    await using f = await house();
    const at = (connection: string) => ({ ...fireDigest, arguments: { ...fireDigest.arguments, connection } });
    const { state } = await post(f.url, at('north'));
    const elsewhere = await post(f.url, { ...at('south'), requestState: state, inputResponses: confirmed() });
    expect(elsewhere.result.resultType).toBe('input_required');
    expect([...(await writesOf(f.north)), ...(await writesOf(f.south))]).toEqual([]);
    const own = await post(f.url, { ...at('north'), requestState: state, inputResponses: confirmed() });
    expect(own.said.structured).toMatchObject({ outcome: 'done', connection: 'north' });
    expect(await writesOf(f.north)).toHaveLength(1);
    expect(await writesOf(f.south)).toEqual([]);
  });

  test('header, body key and marking are the account’s own', async () => {
    await using f = await house();
    for (const connection of ['north', 'south']) await f.call('scrip_list_automations', { connection });
    const [northern, southern] = [(await requestsOf(f.north))[0], (await requestsOf(f.south))[0]];
    expect(northern?.headers).toHaveProperty('x-api-key');
    expect(northern?.headers).not.toHaveProperty('authorization');
    expect(southern?.headers).toHaveProperty('authorization');
    expect(southern?.headers).not.toHaveProperty('x-api-key');
    const { intent_id } = (
      await f.call('trustpager_trigger_automation', {
        automation_id: TRUSTPAGER_AUTOMATIONS.jobHandover,
        trigger_data: { note: 'x' },
      })
    ).structured;
    expect((await writesOf(f.north)).at(-1)?.body).toEqual({ payload: { note: 'x', _automations_mcp: intent_id } });
  });
});
