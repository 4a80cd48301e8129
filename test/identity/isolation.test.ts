// P15: everything of one principal asked for by another, over the whole catalogue and every id there is: it answers like what does not exist.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operator } from '../../src/cli/operator.ts';
import {
  type Sandbox,
  SCRIP_AUTOMATIONS,
  SCRIP_PROGRAMS,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS,
  TRUSTPAGER_RUNS,
} from '../../src/sandbox/index.ts';
import { catalogue } from '../../tools/index.ts';
import { folder } from '../cli/program.ts';
import { fastTwins, requestsOf } from '../fixtures.ts';
import { eventually, firings } from '../server/twin.ts';
import { type Call, confirmed, post, type Reply } from '../server/wire.ts';
import { type Answer, knockAt, opening } from '../transports/knock.ts';
import { openSession, post as postIn, within } from '../transports/knock-session.ts';
import { type Served, served } from './served.ts';

const secrets = ['amber', 'azure'];
let home: Awaited<ReturnType<typeof folder>>;
let sandbox: Sandbox;
let at: Served;
let ada: Record<string, string>;
let bob: Record<string, string>;

/** Accounts of hers alone, of his alone, and one of each vendor that both may use. */
async function accounts(): Promise<NonNullable<Operator['connections']>> {
  const made = [];
  for (const vendor of ['scrip', 'trustpager'] as const) {
    const key_file = join(home.path, vendor);
    await writeFile(key_file, sandbox[vendor].key);
    const program = vendor === 'scrip' ? { program: SCRIP_PROGRAMS.rewards } : {};
    for (const id of [...secrets.map(name => `${name}-${vendor}`), `his-${vendor}`, `both-${vendor}`])
      made.push({
        id,
        vendor,
        key_file,
        base_url: sandbox[vendor].baseUrl,
        environment: 'sandbox' as const,
        ...program,
      });
  }
  return made;
}

beforeAll(async () => {
  home = await folder();
  sandbox = await startSandbox(fastTwins);
  at = await served({
    operator: {
      connections: await accounts(),
      budgets: [{ name: 'own', per: 'day', each: 'principal', calls: { hard: 2 } }],
    },
    principals: [
      {
        id: 'ada',
        connections: ['scrip', 'trustpager'].flatMap(vendor => [
          ...secrets.map(name => `${name}-${vendor}`),
          `both-${vendor}`,
        ]),
      },
      { id: 'bob', connections: ['his-scrip', 'both-scrip', 'his-trustpager', 'both-trustpager'] },
      { id: 'cy', connections: ['his-trustpager'], toolset: 'core', no_spend: true },
      { id: 'dee', connections: ['his-scrip'], read_only: true, scopes: ['automations:read'] },
    ],
    env: { AUTOMATIONS_LEGACY_SSE: 'true' },
    beside: { stateFolder: home.path, sandbox },
  });
  const as = async (who: string) => ({ authorization: `Bearer ${(await at.token(who)).token}` });
  [ada, bob] = [await as('ada'), await as('bob')];
});
afterAll(async () => {
  await at[Symbol.asyncDispose]();
  await sandbox.close();
  await home[Symbol.asyncDispose]();
});

const call = (headers: Record<string, string>, name: string, args: object = {}, more: object = {}): Promise<Reply> =>
  post(at.url, { name, arguments: args as Call['arguments'] & object, ...more }, { headers });

/** What was said, without what belongs to each answer alone, and with one name in the place of another. */
const plain = ({ result, error }: Reply, name: string): string =>
  JSON.stringify({ result, error })
    .replace(/audit(":"|: )\d+\.[0-9a-f]{16}/g, '')
    .replaceAll(name, '…');

async function listed(headers: Record<string, string>) {
  const { headers: usual, body } = opening('modern');
  const { text } = await knockAt(at.port, { headers: { ...usual, host: `127.0.0.1:${at.port}`, ...headers }, body });
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text).result.tools as {
    name: string;
    inputSchema: { properties: { connection?: { enum: string[] } } };
  }[];
}

describe('P15 C21: what is listed', () => {
  test('is made of what is one’s own: no name of anybody else’s account stands in it', async () => {
    const hers = await listed(ada);
    const his = await listed(bob);
    expect(hers.map(({ name }) => name)).toEqual(his.map(({ name }) => name));
    expect(JSON.stringify(his)).not.toMatch(/amber|azure/);
    expect(JSON.stringify(hers)).not.toContain('his-');
    const asks = his.find(({ name }) => name === 'scrip_get_automation')?.inputSchema.properties.connection;
    expect(asks?.enum).toEqual(['his-scrip', 'both-scrip']);
    // By who asks alone: again, and again in another session, it is the same.
    expect(await listed(bob)).toEqual(his);
  });

  test('holds neither another vendor’s tools nor another toolset’s, and whoever calls those is told of their own', async () => {
    const cy = { authorization: `Bearer ${(await at.token('cy')).token}` };
    const tools = (await listed(cy)).map(({ name }) => name);
    expect(tools.every(name => !name.startsWith('scrip_'))).toBe(true);
    expect(tools).not.toContain('trustpager_delete_automation');
    expect(JSON.stringify(await listed(cy))).not.toContain('"connection"');
    for (const tool of [...catalogue.map(({ name }) => name), 'nothing_at_all'].filter(name => !tools.includes(name))) {
      const { error } = await call(cy, tool);
      expect([error?.code, error?.message]).toEqual([
        -32602,
        expect.stringMatching(/^Unknown tool "\w+"; did you mean \w+/),
      ]);
      expect(tools).toContain(/did you mean (\w+)/.exec(error?.message ?? '')?.[1]);
      const planned = await call(cy, 'plan_call', { tool, arguments: {} });
      expect(planned.said.structured).toMatchObject({ code: 'invalid_input', message: `There is no tool "${tool}".` });
    }
    const seen = await call(cy, 'list_connections');
    expect(seen.said.structured.connections.map(({ id }: { id: string }) => id)).toEqual(['his-trustpager']);
    const spends = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms };
    expect((await call(cy, 'trustpager_trigger_automation', spends)).said.structured).toMatchObject({
      outcome: 'denied',
      rule: 'no-spend',
    });
    const dee = { authorization: `Bearer ${(await at.token('dee')).token}` };
    const pause = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest, status: 'paused' };
    expect((await call(dee, 'scrip_update_automation', pause)).said.structured.rule).toBe('read-only');
    expect((await call(dee, 'scrip_get_automation', { automation_id: pause.automation_id })).said.isError).toBe(false);
  });
});

describe('P15 C13: an account of hers', () => {
  test.each(catalogue.filter(({ vendor }) => vendor !== 'common'))(
    'is none to him: $name',
    async ({ name, vendor }) => {
      // Whatever else the call holds: ids that are there, and everything that any tool takes.
      const args = {
        automation_id: vendor === 'scrip' ? SCRIP_AUTOMATIONS.weeklyDigest : TRUSTPAGER_AUTOMATIONS.welcomeSms,
        run_id: TRUSTPAGER_RUNS.welcomeCompleted,
      };
      const known = Object.keys(catalogue.find(tool => tool.name === name)?.input.shape ?? {});
      const given = Object.fromEntries(Object.entries(args).filter(([key]) => known.includes(key)));
      for (const [direct, planned] of [
        [true, false],
        [false, true],
      ]) {
        const asks = (connection: string) =>
          planned && !direct
            ? call(bob, 'plan_call', { tool: name, arguments: { ...given, connection } })
            : call(bob, name, { ...given, connection });
        const [hers, nobodys] = [await asks(`amber-${vendor}`), await asks(`ghost-${vendor}`)];
        expect(plain(hers, `amber-${vendor}`)).toBe(plain(nobodys, `ghost-${vendor}`));
        expect(hers.said.structured).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
        expect(plain(hers, `amber-${vendor}`)).not.toMatch(/amber|azure/);
      }
    },
  );

  test('is neither watched nor listed, and nothing he did reached it', async () => {
    const run = { run_id: TRUSTPAGER_RUNS.welcomeCompleted, wait_s: 0 };
    const [hers, nobodys] = [
      await call(bob, 'watch_run', { ...run, connection: 'amber-trustpager' }),
      await call(bob, 'watch_run', { ...run, connection: 'ghost-trustpager' }),
    ];
    expect(plain(hers, 'amber-trustpager')).toBe(plain(nobodys, 'ghost-trustpager'));
    const seen = await call(bob, 'list_connections');
    expect(JSON.stringify(seen.result)).not.toMatch(/amber|azure/);
    expect(seen.said.structured.connections).toHaveLength(4);
    expect(firings(await requestsOf(sandbox))).toEqual([]);
  });
});

describe('P15 P4 C13: what she did', () => {
  const fire = { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, connection: 'both-trustpager' };

  test('her question, her yes and her call are hers: he finds none of them, and his own identical call is his own', async () => {
    const asked = await call(ada, 'trustpager_trigger_automation', fire);
    const back = { requestState: asked.state, inputResponses: confirmed() };
    // What was sealed for her opens nothing for him.
    const replayed = await call(bob, 'trustpager_trigger_automation', fire, back);
    const forged = await call(bob, 'trustpager_trigger_automation', fire, { ...back, requestState: `${asked.state}x` });
    expect([replayed.error?.code, replayed.error]).toEqual([-32602, forged.error]);
    expect((await at.store.questions()).map(({ state }) => state)).toEqual(['open']);
    const done = await call(ada, 'trustpager_trigger_automation', fire, back);
    expect(done.said.structured.outcome).toBe('done');
    const { intent_id } = done.said.structured;

    const [hers, nobodys] = [
      await call(bob, 'watch_run', { intent_id, wait_s: 0 }),
      await call(bob, 'watch_run', { intent_id: '0'.repeat(32), wait_s: 0 }),
    ];
    expect(plain(hers, intent_id)).toBe(plain(nobodys, '0'.repeat(32)));
    expect((await call(ada, 'watch_run', { intent_id, wait_s: 0 })).said.structured.status).toBe('done');

    // Her receipt does not answer for his call, and nothing of hers stands in his question.
    const his = await call(bob, 'trustpager_trigger_automation', fire);
    expect(his.result.resultType).toBe('input_required');
    const [question] = await at.store.questions({ principal: 'bob' });
    expect(JSON.stringify(his.result)).not.toContain(intent_id);
    expect(his.shown).not.toMatch(/amber|azure|ada/);
    // Nor can she answer his, by its id in a state of her own making.
    expect(
      (await call(ada, 'trustpager_trigger_automation', fire, { ...back, requestState: his.state })).error?.code,
    ).toBe(-32602);
    expect(await at.store.question(question?.id ?? '')).toMatchObject({ state: 'open' });
    expect(firings(await requestsOf(sandbox))).toHaveLength(1);
  });

  test('what she spent is hers: a budget for each has room for him where it has none for her', async () => {
    // One call of two is used; stopping counts for none.
    const update = (name: string) => ({
      automation_id: TRUSTPAGER_AUTOMATIONS.quoteFollowUp,
      name,
      connection: 'both-trustpager',
    });
    expect((await call(ada, 'trustpager_update_automation', update('One'))).said.structured.outcome).toBe('done');
    const full = await call(ada, 'trustpager_update_automation', update('Two'));
    expect(full.said.structured).toMatchObject({ outcome: 'denied', code: 'budget_exceeded' });
    expect((await call(bob, 'trustpager_update_automation', update('Three'))).said.structured.outcome).toBe('done');
  });

  test('a short id is short for whoever was shown it', async () => {
    const short = SCRIP_AUTOMATIONS.weeklyDigest.slice(0, 13);
    await call(ada, 'scrip_list_automations', { connection: 'both-scrip', limit: 50 });
    const get = (headers: Record<string, string>, automation_id: string) =>
      call(headers, 'scrip_get_automation', { automation_id, connection: 'both-scrip' });
    const nothing = short.replace(/^./, 'f');
    const [hers, nobodys] = [await get(bob, short), await get(bob, nothing)];
    expect(plain(hers, short)).toBe(plain(nobodys, nothing));
    expect((await get(ada, short)).said.structured.automation_id).toBe(SCRIP_AUTOMATIONS.weeklyDigest);
  });

  test('what she read is not held against his change', async () => {
    const automation_id = TRUSTPAGER_AUTOMATIONS.welcomeSms;
    const of = { automation_id, connection: 'both-trustpager' };
    await call(ada, 'trustpager_get_automation', of);
    const changed = await call(bob, 'trustpager_update_automation', { ...of, description: 'His words.' });
    expect(changed.said.structured.outcome).toBe('done');
    // She alone is told that what she saw is no more, before her budget is.
    const stale = await call(ada, 'trustpager_update_automation', { ...of, description: 'Her words.' });
    expect(stale.said.structured.code).toBe('precondition_failed');
  });
});

describe('P15 C13: what can be read besides', () => {
  /** One request of any method, as somebody. */
  async function request(headers: Record<string, string>, method: string, params: object = {}) {
    const { headers: usual, body } = opening('modern');
    const message = JSON.parse(body);
    const answer = await knockAt(at.port, {
      headers: { ...usual, host: `127.0.0.1:${at.port}`, ...headers, 'mcp-method': method, ...namedIn(params) },
      body: JSON.stringify({ ...message, method, params: { ...message.params, ...params } }),
    });
    const { result, error } = JSON.parse(/^data: (.*)$/m.exec(answer.text)?.[1] ?? answer.text);
    return { status: answer.status, result, error };
  }
  const namedIn = (params: { uri?: string }): Record<string, string> => (params.uri ? { 'mcp-name': params.uri } : {});

  test('addresses of hers are none to him, and no list, page or completion of his names what is hers', async () => {
    const id = TRUSTPAGER_AUTOMATIONS.welcomeSms;
    await call(ada, 'trustpager_list_automations', { connection: 'amber-trustpager', limit: 50 });
    for (const end of ['', '/runs']) {
      const of = (account: string) => ({ uri: `automation://${account}/${id}${end}` });
      const [hers, nobodys] = [
        await request(bob, 'resources/read', of('amber-trustpager')),
        await request(bob, 'resources/read', of('ghost-trustpager')),
      ];
      expect(JSON.stringify(hers).replaceAll('amber', '…')).toBe(JSON.stringify(nobodys).replaceAll('ghost', '…'));
      expect(hers.error).toBeDefined();
      expect((await request(ada, 'resources/read', of('amber-trustpager'))).result.contents).toHaveLength(1);
    }
    const pages = ['resources/list', 'resources/templates/list', 'prompts/list'].map(method => request(bob, method));
    const listed = await request(bob, 'resources/list');
    const read = listed.result.resources
      .filter(({ uri }: { uri: string }) => uri.startsWith('automations-mcp:') || uri.startsWith('automation:'))
      .map(({ uri }: { uri: string }) => request(bob, 'resources/read', { uri }));
    const complete = ['connection', 'id'].map(name =>
      request(bob, 'completion/complete', {
        ref: { type: 'ref/resource', uri: 'automation://{connection}/{id}' },
        argument: { name, value: 'a' },
      }),
    );
    const said = JSON.stringify(await Promise.all([...pages, ...read, ...complete]));
    expect(said).not.toMatch(/amber|azure|"ada"/);
    expect(said).toContain('his-trustpager');
  });
});

describe('P15 C13: her connection to the server', () => {
  const host = () => ({ host: `127.0.0.1:${at.port}` });
  const alike = ({ status, headers: { date: _, 'x-request-id': __, ...headers }, text }: Answer) => ({
    status,
    headers,
    text,
  });
  const session = async (headers: Record<string, string>): Promise<string> => {
    const { headers: usual, body } = opening('legacy');
    const { headers: answered } = await knockAt(at.port, { headers: { ...usual, ...host(), ...headers }, body });
    return String(answered['mcp-session-id']);
  };

  test('her session answers him like one that never was, by every method, and goes on for her', async () => {
    const id = await session(ada);
    const unknown = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    const as = (headers: Record<string, string>, of: string, method: string) =>
      knockAt(at.port, {
        method,
        headers: { ...within(of), ...host(), ...headers },
        ...(method === 'POST' ? { body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) } : {}),
      });
    for (const method of ['POST', 'GET', 'DELETE']) {
      const [hers, nobodys] = [await as(bob, id, method), await as(bob, unknown, method)];
      expect([hers.status, alike(hers)]).toEqual([404, alike(nobodys)]);
    }
    expect((await as(ada, id, 'POST')).status).toBe(200);
    // Nor does it open for nobody at all.
    expect((await as({}, id, 'POST')).status).toBe(401);
    await expect(openSession(at.port)).rejects.toThrow('401');
    expect((await postIn(at.port, id, { id: 2, method: 'ping' })).status).toBe(401);
  });

  test('so does her stream of the older transport', async () => {
    const open = async (headers: Record<string, string>) => {
      const abort = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${at.port}/sse`, { headers, signal: abort.signal });
      let text = '';
      const reading = (async () => {
        for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
      })().catch(() => {});
      const path = await eventually(() => /data: (\S+)/.exec(text)?.[1]);
      return { path, text: () => text, abort, reading };
    };
    const hers = await open(ada);
    const to = (path: string, headers: Record<string, string>, method = 'tools/list') =>
      knockAt(at.port, {
        path,
        headers: { ...host(), 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ jsonrpc: '2.0', id: 5, method }),
      });
    const [his, nobodys] = [await to(hers.path, bob), await to('/messages?sessionId=x', bob)];
    expect([his.status, alike(his)]).toEqual([404, alike(nobodys)]);
    expect((await to(hers.path, {})).status).toBe(401);
    expect((await to(hers.path, ada, 'ping')).status).toBe(202);
    await eventually(() => hers.text().includes('"id":5'));
    hers.abort.abort();
    await hers.reading;
  });
});
