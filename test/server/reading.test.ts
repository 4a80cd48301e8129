// What clients read besides calling tools: resources, completions, prompts and skills, each bounded, redacted, for its caller alone, and by the tools' own path.
import { createHash } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { appPage, apps } from '../../src/server/apps.ts';
import { parseInput } from '../../src/server/input.ts';
import { promptsFor, promptText, skillText } from '../../src/server/texts.ts';
import type { Tool } from '../../src/tool.ts';
import { catalogue } from '../../tools/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';
import { served } from '../identity/served.ts';
import { elsewhere, eventually, inRewards } from './twin.ts';

// biome-ignore lint/suspicious/noExplicitAny: what came over the wire is looked at field by field
type Any = any;
const client = (f: Fixture): Any => f.client;
const read = async (f: Fixture, uri: string): Promise<Any> => (await client(f).readResource({ uri })).contents[0];
const complete = async (f: Fixture, ref: object, name: string, value: string, given = {}): Promise<string[]> =>
  (await client(f).complete({ ref, argument: { name, value }, context: { arguments: given } })).completion.values;
const template = { type: 'ref/resource', uri: 'automation://{connection}/{id}' };
const prompt = (name: string) => ({ type: 'ref/prompt', name });
const digest = SCRIP_AUTOMATIONS.weeklyDigest;
const audit = async (f: Fixture) => (await f.house?.store.audit(0, 1_000)) ?? [];
/** What was read is written down a moment later. */
const recorded = (f: Fixture, of: (row: Any) => boolean, count = 1) =>
  eventually(async () => {
    const rows = (await audit(f)).filter(of);
    return rows.length >= count ? rows : undefined;
  });

describe('resources', () => {
  test('are listed without a request to anybody; automations once they were met', async () => {
    // A client of 2026-07-28 keeps the list for as long as it is told to.
    await using f = await connect({ era: 'legacy' });
    const uris = async () => (await client(f).listResources()).resources.map(({ uri }: Any) => uri);
    const fixed = ['automations-mcp://policy', 'automations-mcp://spend', ...apps.map(({ uri }) => uri)];
    expect(await uris()).toEqual(fixed);
    expect(await f.requests()).toEqual([]);
    expect(await audit(f)).toEqual([]);
    await f.call('scrip_list_automations', { limit: 50 });
    await f.call('trustpager_list_automations', { limit: 50 });
    const all = await uris();
    expect(all).toContain(`automation://scrip/${digest}`);
    expect(all).toContain(`automation://trustpager/${TRUSTPAGER_AUTOMATIONS.welcomeSms}`);
    expect(all.length).toBeLessThanOrEqual(100);
    const { resourceTemplates } = await client(f).listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }: Any) => uriTemplate)).toEqual([
      'automation://{connection}/{id}',
      'automation://{connection}/{id}/runs',
    ]);
  });

  test('an automation is what its tool reads, and its reading is on record as that tool’s', async () => {
    await using f = await connect();
    const { text, mimeType } = await read(f, `automation://scrip/${digest}`);
    expect(mimeType).toBe('text/markdown');
    const said = await f.call('scrip_get_automation', { automation_id: digest });
    expect(text).toMatch(/^# "Weekly coffee digest" at Scrip\.\n\n- id: /);
    for (const line of said.text.split('\n').slice(1)) expect(text).toContain(`- ${line}`);
    const rows = await recorded(f, ({ kind }) => kind === 'read', 2);
    expect(rows.map(({ tool }) => tool)).toEqual(['scrip_get_automation', 'scrip_get_automation']);
    const runs = await read(f, `automation://trustpager/${TRUSTPAGER_AUTOMATIONS.welcomeSms}/runs`);
    expect(runs.text).toMatch(/^# \d+ runs?\b/);
    expect((await read(f, `automation://scrip/${digest}/runs`)).text).toContain('pieced together');
    expect(await f.writes()).toEqual([]);
  });

  test('what cannot be read is an error of the protocol, in the tool’s words', async () => {
    await using f = await connect();
    const nowhere = '00000000-0000-4000-8000-000000000000';
    for (const uri of [
      `automation://scrip/${nowhere}`,
      `automation://nobody/${digest}`,
      `automation://scrip/${digest}/actions`,
      `automation://scrip/%E0%A4%A`,
      'automation://scrip',
      'automations-mcp://other',
      'ui://automations-mcp/other',
      'skill://automations-mcp/other/SKILL.md',
      'file:///etc/passwd',
    ])
      await expect(client(f).readResource({ uri }), uri).rejects.toThrow(/not found|Invalid input/i);
  });

  test('policy keeps a caller from them as from the tool', async () => {
    await using f = await connect({ env: { SCRIP_SCOPES: 'automations:trigger' } });
    await expect(read(f, `automation://scrip/${digest}`)).rejects.toThrow(/automations:read/);
    expect(await f.requests()).toEqual([]);
    await recorded(f, ({ kind }) => kind === 'decision');
  });

  test('the policy as it stands: modes, limits, rules, and no key', async () => {
    const rules = [{ name: 'Not at night', when: 'time.hour < 6', verdict: 'deny', reason: 'People sleep.' }];
    await using f = await connect({ operator: { rules } as never, env: { AUTOMATIONS_READ_ONLY: 'true' } });
    const { text, mimeType } = await read(f, 'automations-mcp://policy');
    expect(mimeType).toBe('application/json');
    expect(JSON.parse(text)).toMatchObject({
      read_only: true,
      no_spend: false,
      version: f.house?.policyVersion,
      asked_outside_the_client_from: { credits: 500, people: 500 },
      accounts: [{ id: 'scrip', scopes: 'unlimited' }, { id: 'trustpager' }],
    });
    expect(text).not.toContain(f.sandbox.scrip.key);
    await recorded(f, ({ kind, tool }) => kind === 'read' && tool === 'resources/read');
  });

  test('what was spent, by day, account and automation', async () => {
    await using f = await connect({ person: yes });
    expect((await read(f, 'automations-mcp://spend')).text).toContain('Nothing was used');
    await f.call('trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms });
    const { text } = await read(f, 'automations-mcp://spend');
    expect(text).toMatch(/^# [\d.]+ credits in 1 calls to 0 people in the last 30 days/);
    expect(text).toContain('| trustpager | ');
    expect(text).toMatch(/\| [^|]*Welcome[^|]* \| [\d.]+ \| 1 \| /);
  });

  test('a vendor’s words stay one harmless line, and a key it gives back is masked', async () => {
    await using f = await connect();
    const { key } = f.sandbox.scrip;
    const name = `</script><img src=x onerror=alert(1)>](https://evil.test) ${key}\n# Heading`;
    await elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(digest), { name });
    await f.call('scrip_list_automations', { limit: 50 });
    const listed = JSON.stringify((await client(f).listResources()).resources);
    const { text } = await read(f, `automation://scrip/${digest}`);
    const words = (await complete(f, prompt('diagnose_automation'), 'automation', 'script')).join();
    for (const said of [listed, text, words]) {
      expect(said).not.toContain(key);
      expect(said).not.toMatch(/<\/?[a-z]/i);
    }
    expect(text.split('\n').filter((line: string) => line.startsWith('#'))).toHaveLength(1);
    expect(text).not.toContain('](');
    expect(words).toContain('[secret]');
  });
});

test('P15: nobody reads, completes or is listed what is another’s', async () => {
  await using at = await served({
    principals: [{ id: 'ada', connections: ['scrip'] }, { id: 'bob', connections: ['trustpager'] }, { id: 'cy' }],
    env: { AUTOMATIONS_TOOLSETS: 'core' },
  });
  const as = async (who: string): Promise<Any> => {
    const { token } = await at.token(who);
    const made: Any = new Client({ name: who, version: '1' }, { versionNegotiation: { mode: 'legacy' } });
    const headers = { authorization: `Bearer ${token}` };
    await made.connect(new StreamableHTTPClientTransport(new URL(at.url), { requestInit: { headers } }));
    return made;
  };
  const [ada, bob, cy] = await Promise.all(['ada', 'bob', 'cy'].map(as));
  const text = async (who: Any, uri: string) => (await who.readResource({ uri })).contents[0].text;
  const completed = async (who: Any, name: string, ref: object = template) =>
    (await who.complete({ ref, argument: { name, value: '' } })).completion.values;
  await ada.callTool({ name: 'scrip_list_automations', arguments: { limit: 50 } });
  await cy.callTool({
    name: 'trustpager_disable_automation',
    arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
  });

  // His account is not hers, and is told like one that is not there.
  const hers = `automation://scrip/${digest}`;
  expect(await text(ada, hers)).toContain('Weekly coffee digest');
  const refusal = (uri: string) => bob.readResource({ uri }).catch((error: Error) => error.message.replaceAll(uri, ''));
  expect(await refusal(hers)).toBe(await refusal('automation://nowhere/x'));
  expect(await completed(bob, 'connection')).toEqual(['trustpager']);
  expect(await completed(bob, 'vendor', prompt('design_automation'))).toEqual(['trustpager']);
  expect(await completed(bob, 'id')).not.toContain(digest);
  expect((await bob.listPrompts()).prompts.map(({ name }: Any) => name)).not.toContain('translate_words');
  // Whoever may use the same account has still met nothing of it.
  expect(JSON.stringify((await cy.listResources()).resources)).not.toContain(digest);
  expect(JSON.stringify((await ada.listResources()).resources)).toContain(digest);
  // What cy did is on cy’s account alone, and so is what the policy says of others.
  expect(await text(cy, 'automations-mcp://spend')).toContain('in 1 calls');
  expect(await text(bob, 'automations-mcp://spend')).toContain('Nothing was used');
  expect(await text(bob, 'automations-mcp://policy')).not.toContain('"scrip"');
  for (const one of [ada, bob, cy]) await one.close();
});

test('the policy tells a principal of no budget and no condition that names others', async () => {
  const operator = {
    budgets: [
      { name: 'Adas', per: 'day', principal: 'ada', calls: { hard: 2 } },
      { name: 'Everybody’s', per: 'day', calls: { hard: 9 } },
      { name: 'Of Scrip', per: 'day', connection: 'scrip', calls: { hard: 5 } },
    ],
    rules: [{ name: 'Watched', when: 'principal == "ada"', verdict: 'ask_human' }],
  } as never;
  await using at = await served({ principals: [{ id: 'bob', connections: ['trustpager'] }], operator });
  const { token } = await at.token('bob');
  const bob: Any = new Client({ name: 'bob', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
  const headers = { authorization: `Bearer ${token}` };
  await bob.connect(new StreamableHTTPClientTransport(new URL(at.url), { requestInit: { headers } }));
  const { text } = (await bob.readResource({ uri: 'automations-mcp://policy' })).contents[0];
  const { budgets } = JSON.parse(text);
  expect(budgets.map(({ name }: Any) => name)).toEqual(['Everybody’s']);
  expect(text).not.toContain('ada');
  await bob.close();
  await using own = await connect({ operator });
  expect(await read(own, 'automations-mcp://policy')).toMatchObject({ text: expect.stringContaining('Of Scrip') });
});

describe('completions', () => {
  let f: Fixture;
  beforeAll(async () => {
    f = await connect();
  });
  afterAll(() => f.close());

  test('ids are found by id and by name, of the account that was chosen; asked often, they cost one request', async () => {
    expect(await complete(f, template, 'connection', '')).toEqual(['scrip', 'trustpager']);
    for (const value of ['', 'w', 'weekly', 'coffee digest'])
      expect(await complete(f, template, 'id', value, { connection: 'scrip' })).toContain(digest);
    expect(await complete(f, template, 'id', digest.slice(0, 6), { connection: 'scrip' })).toEqual([digest]);
    expect(await complete(f, template, 'id', 'weekly', { connection: 'trustpager' })).toEqual([]);
    expect((await f.requests()).filter(({ vendor }) => vendor === 'scrip')).toHaveLength(1);
  });

  test('names, vendors, zones, action types and events', async () => {
    const design = prompt('design_automation');
    expect(await complete(f, prompt('test_automation'), 'automation', 'weekly', { vendor: 'scrip' })).toEqual([
      'Weekly coffee digest',
    ]);
    expect(await complete(f, design, 'vendor', 't')).toEqual(['trustpager']);
    expect(await complete(f, design, 'zone', 'europe/berl')).toEqual(['Europe/Berlin']);
    expect(await complete(f, prompt('test_automation'), 'action', 'send_s')).toContain('send_sms');
    expect(await complete(f, design, 'event', 'form_', { vendor: 'trustpager' })).toEqual([
      'form_completed',
      'form_sent',
    ]);
    expect(await complete(f, design, 'event', 'weekly', { vendor: 'scrip' })).toEqual(['weekly_digest']);
    expect(await complete(f, design, 'event', 'cron', { vendor: 'scrip' })).toContain('cron');
    expect(await complete(f, design, 'goal', 'x')).toEqual([]);
  });

  test('never more than a hundred, and how many there are', async () => {
    const { completion } = await client(f).complete({
      ref: prompt('design_automation'),
      argument: { name: 'zone', value: '' },
    });
    expect(completion.values).toHaveLength(100);
    expect(completion).toMatchObject({ hasMore: true });
    expect(completion.total).toBeGreaterThan(400);
  });
});

describe('skills', () => {
  const skills = 'io.modelcontextprotocol/skills';

  test('are the prompts’ guidance, each with the digest of what is then read', async () => {
    await using f = await connect();
    expect(client(f).getServerCapabilities().extensions).toEqual({ [skills]: {} });
    const { result } = await raw(f, 'skills/list', {});
    expect(result).toMatchObject({ ttlMs: expect.any(Number), cacheScope: 'private' });
    expect(result.skills).toHaveLength(promptsFor(2).length);
    for (const skill of result.skills) {
      const [file] = skill.resources;
      expect(skill.uri).toBe(`skill://automations-mcp/${skill.frontmatter.name}/SKILL.md`);
      expect(file.uri).toBe(skill.uri);
      const { text } = await read(f, skill.uri);
      expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(file.digest);
      expect(Buffer.byteLength(text)).toBe(file.size);
      expect(text).toContain(`name: ${skill.frontmatter.name}\n`);
      expect(text).not.toContain('{{');
      expect((await raw(f, 'skills/get', { uri: skill.uri })).result.skill).toEqual(skill);
    }
    expect((await raw(f, 'skills/get', { uri: 'skill://x/SKILL.md' })).error.code).toBe(-32602);
  });

  test('are listed among the resources for a client that says it knows them', async () => {
    await using f = await connect();
    const listed = async (capabilities: object) =>
      (await raw(f, 'resources/list', {}, capabilities)).result.resources.filter(({ uri }: Any) =>
        uri.startsWith('skill://'),
      );
    expect(await listed({})).toEqual([]);
    expect(await listed({ extensions: { [skills]: {} } })).toHaveLength(promptsFor(2).length);
  });

  async function raw(f: Fixture, method: string, params: object, capabilities: object = {}): Promise<Any> {
    const protocol = '2026-07-28';
    const response = await fetch(f.url ?? '', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': protocol,
        'mcp-method': method,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method,
        params: {
          ...params,
          _meta: {
            'io.modelcontextprotocol/protocolVersion': protocol,
            'io.modelcontextprotocol/clientCapabilities': capabilities,
            'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
          },
        },
      }),
    });
    const text = await response.text();
    return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text);
  }
});

describe('prompts', () => {
  const named = (text: string): string[] =>
    text.match(/\b(?:(?:scrip|trustpager)_[a-z_]+|plan_call|watch_run|list_connections)\b/g) ?? [];
  const given = {
    automation: 'A',
    goal: 'G',
    question: 'Why?',
    words: 'W',
    to: 'scrip',
    event: 'api',
    zone: 'UTC',
    action: 'send_sms',
  };
  const sets = (['scrip', 'trustpager'] as const).flatMap(vendor =>
    (['core', 'all'] as const).flatMap(toolset =>
      [[vendor], ['scrip', 'trustpager']].map(vendors => ({ vendor, toolset, vendors })),
    ),
  );
  const toolsOf = (vendors: string[], toolset: string) =>
    new Map(
      catalogue
        .filter(tool => ['common', ...vendors].includes(tool.vendor) && (toolset === 'all' || tool.toolset === 'core'))
        .map(tool => [tool.name, tool as Tool]),
    );

  test.each(sets)('name tools that are served alone: $vendor of $vendors, $toolset', ({ vendor, vendors, toolset }) => {
    const tools = toolsOf(vendors, toolset);
    for (const { name } of promptsFor(vendors.length)) {
      const text = promptText(name, { ...given, vendor }, tools);
      for (const tool of named(text)) expect([name, tool, tools.has(tool)]).toEqual([name, tool, true]);
      if (name !== 'translate_words') {
        expect(named(text).length).toBeGreaterThanOrEqual(2);
        expect(text).not.toMatch(vendor === 'scrip' ? /TrustPager|trustpager_/ : /Scrip:|scrip_/);
      }
      expect(text).not.toMatch(/\{\{|^\d+\. *$|\*_/m);
      expect(text.length).toBeLessThanOrEqual(5_000);
      // A pattern, as skills write it, fits a tool.
      for (const [, rest] of skillText(name, tools).matchAll(/\*(_[a-z_]+)/g))
        expect(tools.has(`${vendor}${rest}`)).toBe(true);
    }
  });

  /** Arguments with which a person's answers would have it called; ids of the twins' records. */
  const samples: Record<string, object> = {
    list_connections: {},
    plan_call: { tool: 'list_connections' },
    watch_run: { automation_id: digest, wait_s: 0 },
    scrip_list_automations: { search: 'digest' },
    scrip_get_automation: { automation_id: digest },
    scrip_list_runs: { automation_id: digest },
    scrip_list_subscriptions: { automation_id: digest },
    scrip_create_automation: {
      name: 'A',
      event_name: 'a',
      scope: 'participants',
      trigger_type: 'cron',
      cron_expression: '0 9 * * 1',
      participant_filter: '"me" in participant.tags',
    },
    scrip_update_automation: { automation_id: digest, status: 'paused' },
    scrip_trigger_automation: { automation_id: digest },
    scrip_cancel_run: { automation_id: digest },
    scrip_archive_automation: { automation_id: digest },
    trustpager_list_automations: {},
    trustpager_get_automation: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
    trustpager_list_runs: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
    trustpager_get_run: { run_id: 'r-1' },
    trustpager_describe_actions: { action_type: 'send_sms' },
    trustpager_describe_triggers: {},
    trustpager_create_automation: {
      name: 'A',
      trigger_type: 'form_completed',
      dedup_enabled: true,
      max_executions_per_day: 5,
      actions: [{ action_type: 'send_sms', config: { message_body: 'Hi' } }],
    },
    trustpager_execute_action: {
      automation_id: 'a-1',
      action_id: 'b-1',
      trigger_data: { contact: { first_name: 'Me' } },
    },
    trustpager_trigger_automation: { automation_id: 'a-1' },
    trustpager_enable_automation: { automation_id: 'a-1' },
    trustpager_disable_automation: { automation_id: 'a-1' },
    trustpager_delete_automation: { automation_id: 'a-1' },
  };

  test('every call that they lead to is valid, with the fields that they name', () => {
    for (const { name } of promptsFor(2))
      for (const vendor of ['scrip', 'trustpager'])
        for (const tool of named(promptText(name, { ...given, vendor }))) {
          const of = catalogue.find(candidate => candidate.name === tool) as Tool;
          expect(() => parseInput(of, samples[tool]), tool).not.toThrow();
        }
    // Words with an underscore that are no tools are arguments or values that some tool knows.
    const known = new Set(
      catalogue.flatMap(tool => [
        ...Object.keys(tool.input.shape),
        ...Object.keys(tool.output.shape),
        ...(JSON.stringify(z.toJSONSchema(tool.input, { unrepresentable: 'any' })).match(/[a-z]+(?:_[a-z]+)+/g) ?? []),
      ]),
    );
    const documented = [
      'form_submitted',
      'form_completed',
      'stage_changed',
      'contact_created',
      'intent_id',
      'participants_processed',
      'participants_total',
      'next_run_at',
      'dry_run',
    ];
    for (const { name } of promptsFor(2))
      for (const word of promptText(name, given).match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [])
        expect([name, word, known.has(word) || documented.includes(word) || named(word).length > 0]).toEqual([
          name,
          word,
          true,
        ]);
  });

  test('the first steps of each, done at the twins as they are written', async () => {
    await using f = await connect();
    for (const { name } of promptsFor(2))
      for (const vendor of ['scrip', 'trustpager']) {
        const { messages } = await client(f).getPrompt({ name, arguments: { ...given, vendor } });
        const reads = named(messages[0].content.text).filter(tool =>
          /list_|get_automation|plan_call|describe/.test(tool),
        );
        for (const tool of new Set(reads))
          expect([tool, (await f.call(tool, samples[tool] as never)).structured.outcome]).toEqual([tool, 'done']);
      }
    expect(await f.writes()).toEqual([]);
  });

  test('with one vendor there is nothing to translate, and the other is no answer', async () => {
    await using f = await connect({ env: { TRUSTPAGER_API_KEY: '' } });
    const { prompts } = await client(f).listPrompts();
    expect(prompts.map(({ name }: Any) => name)).not.toContain('translate_words');
    await expect(
      client(f).getPrompt({ name: 'test_automation', arguments: { automation: 'A', vendor: 'trustpager' } }),
    ).rejects.toThrow('vendor is scrip, not "trustpager"');
  });
});

test('both views together are under 60 KB, and ask for nothing', () => {
  const pages = apps.map(({ name }) => appPage(name));
  expect(pages.join('').length).toBeLessThan(60_000);
  for (const page of pages) {
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(
      /\b(src|href)=|https?:\/\/(?!www\.w3\.org\/2000\/svg)|\bfetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\(|^import /m,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
  }
});
