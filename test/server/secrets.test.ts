// Keys come back from a vendor in every form and place it can find, and agents write them where they do not belong; none of them leaves again, and none is kept.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { readConfig } from '../../src/config.ts';
import type { QuestionRow } from '../../src/store/store.ts';
import { carrier, textOf, visit } from '../approvals/page-visitor.ts';
import { folder, run } from '../cli/program.ts';
import { connect, type Era, type Fixture, type Person, settingsFor, yes } from '../fixtures.ts';
import { echoingVendor, forms, id, keys, type Mood, nowhere } from './echoing.ts';
import { eventually } from './twin.ts';
import { post, protocol } from './wire.ts';

const calls: [string, Record<string, unknown>][] = [
  ['list_connections', {}],
  ['plan_call', { tool: 'scrip_trigger_automation', arguments: id }],
  ['plan_call', { tool: 'trustpager_trigger_automation', arguments: id }],
  ['scrip_list_automations', {}],
  ['scrip_get_automation', id],
  ['scrip_list_runs', id],
  ['scrip_update_automation', { ...id, status: 'paused' }],
  ['scrip_update_automation', { ...id, payload: { a: 1 } }],
  ['scrip_trigger_automation', id],
  ['watch_run', { ...id, wait_s: 0 }],
  ['trustpager_list_automations', {}],
  ['trustpager_get_automation', id],
  ['trustpager_list_runs', id],
  ['trustpager_get_run', { run_id: 'r1' }],
  ['trustpager_disable_automation', id],
  ['trustpager_execute_action', { ...id, action_id: 'a1' }],
  ['watch_run', { run_id: 'r1', wait_s: 0 }],
];

const moods: Mood[] = [
  { read: 200, write: 200 },
  { read: 200, write: 400 },
  { read: 200, write: 403 },
  { read: 200, write: 500 },
  { read: 401, write: 200 },
  { read: 422, write: 200 },
  { read: 500, write: 200 },
];

/** Every byte of every file in the state folder. */
async function kept(f: Fixture): Promise<string> {
  const names = (await readdir(f.stateFolder, { recursive: true, withFileTypes: true })).filter(entry =>
    entry.isFile(),
  );
  const files = await Promise.all(names.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  return [...names.map(({ name }) => name), ...files].join('\n');
}

describe.concurrent('P17 C2 C10 C16: keys that a vendor echoes', () => {
  test.each<Era>(['modern', 'legacy'])(
    'leave by no way of a %s client over stdio, and are kept nowhere',
    { timeout: 180_000 },
    async era => {
      const shown: string[] = [];
      const person: Person = async message => {
        shown.push(message);
        return { action: 'accept', content: { confirm: true } };
      };
      await using vendor = await echoingVendor();
      await using f = await connect({ transport: 'stdio', era, person, env: vendor.env });
      // Every mood, and every form in every field that holds at least one of three neighbours.
      for (let n = 0; n < moods.length; n++) {
        vendor.mood = moods[n] ?? vendor.mood;
        vendor.form = n * 3;
        for (const [tool, args] of calls) {
          const result = await f.client
            .callTool({ name: tool, arguments: args })
            .catch(error => ({ message: String(error) }));
          nowhere(JSON.stringify(result), `${tool} ${JSON.stringify(vendor.mood)}`);
        }
      }
      expect(vendor.asked.length).toBeGreaterThan(50);
      expect(vendor.asked.some(line => line.startsWith('POST'))).toBe(true);
      expect(shown.length).toBeGreaterThan(0);
      nowhere(shown.join('\n'), 'a question');
      nowhere(f.stderr(), 'stderr');
      const files = await kept(f);
      expect(files).toContain('state.sqlite');
      nowhere(files, 'the state folder');
    },
  );

  test('are in no word of progress', async () => {
    await using vendor = await echoingVendor();
    vendor.running = true;
    await using f = await connect({ era: 'legacy', env: { ...vendor.env, AUTOMATIONS_LOG_LEVEL: 'silent' } });
    const told: unknown[] = [];
    const options = { onprogress: (progress: unknown) => told.push(progress) };
    for (; vendor.form < forms('').length; vendor.form++)
      await f.client.callTool({ name: 'watch_run', arguments: { run_id: 'r1', wait_s: 0 } }, options);
    expect(told.length).toBeGreaterThan(0);
    nowhere(JSON.stringify(told), 'progress');
  });

  test('are on no page, in no terminal and in no report', { timeout: 180_000 }, async () => {
    await using vendor = await echoingVendor();
    await using home = await folder();
    const opened: string[] = [];
    const env = { ...vendor.env, AUTOMATIONS_LOG_LEVEL: 'silent', AUTOMATIONS_CALL_TIMEOUT: '20' };
    await using f = await connect({ env, stateFolder: home.path });
    if (!f.house) throw new Error('no house');
    const settings = { ...settingsFor(f.sandbox, home.path, env), AUTOMATIONS_NO_BROWSER: 'false' };
    const paged = openHouse(readConfig({}, settings), 'test', {}, async file => {
      opened.push(file);
      return true;
    });
    // No client here can be asked, so each question is for terminal and page.
    const questions: QuestionRow[] = [];
    const asked = [
      ['scrip_trigger_automation', id],
      ['trustpager_execute_action', { ...id, action_id: 'a1' }],
    ] as const;
    for (vendor.form = 0; vendor.form < forms('').length; vendor.form += 7)
      for (const [tool, args] of asked) {
        void f.call(tool, args).catch(() => {});
        const question = await eventually(async () => {
          const all = await f.house?.store.questions();
          return all?.find(({ id }) => !questions.some(known => known.id === id));
        });
        questions.push(question);
        nowhere(JSON.stringify(question), 'a stored question');
        if (opened.length >= 4) continue;
        expect(await paged.page?.open(question)).toBe(true);
        const { html, answer } = await visit(opened.at(-1) ?? '');
        expect(textOf(html)).toContain(question.tool);
        nowhere(html, 'the page');
        const { text } = await answer('reject');
        nowhere(text, 'the page afterwards');
      }
    for (const args of [
      ['approvals', 'list'],
      ...questions.map(({ id }) => ['approvals', 'show', id]),
      ['spend'],
      ['audit', 'tail'],
      ['audit', 'export'],
    ]) {
      const { code, stdout, stderr } = await run([...args, '--state-folder', home.path], vendor.env);
      expect([code, stderr]).toEqual([0, '']);
      nowhere(stdout, args.join(' '));
    }
    await paged.close();
    expect(() => carrier(opened[0] ?? '')).toThrow();
  });
});

describe.concurrent('P17 C2 C10: keys that an agent writes where they do not belong', () => {
  const everywhere = (text: string): [string, Record<string, unknown>][] => [
    ['trustpager_create_automation', { name: text, trigger_type: 'manual', description: text }],
    ['trustpager_trigger_automation', { ...id, trigger_data: { [text]: text, deep: [{ text }] } }],
    ['trustpager_trigger_automation', { automation_id: text }],
    ['trustpager_trigger_automation', { ...id, [text]: text }],
    ['scrip_update_automation', { ...id, name: text, payload: { [text]: text } }],
    ['scrip_get_automation', { automation_id: text }],
    ['watch_run', { intent_id: text }],
    ['watch_run', { run_id: text, since: text }],
    ['plan_call', { tool: text, arguments: {} }],
    ['plan_call', { tool: 'scrip_update_automation', arguments: { ...id, name: text, [text]: text } }],
    [text, {}],
  ];

  test('are in no answer, question, log line or file', { timeout: 180_000 }, async () => {
    await using vendor = await echoingVendor();
    await using f = await connect({ transport: 'stdio', era: 'legacy', person: yes, env: vendor.env });
    for (const form of forms(keys.trustpager).slice(0, 6))
      for (const [name, args] of everywhere(form)) {
        const result = await f.client.callTool({ name, arguments: args }).catch(error => ({ message: String(error) }));
        nowhere(JSON.stringify(result), `${name} ${JSON.stringify(args)}`);
      }
    for (const name of ['run_automation_safely', keys.scrip]) {
      const prompt = { name, arguments: { task: keys.scrip, automation: keys.scrip, goal: keys.scrip } };
      nowhere(JSON.stringify(await f.client.getPrompt(prompt).catch(String)), 'a prompt');
    }
    nowhere(f.stderr(), 'stderr');
    nowhere(await kept(f), 'the state folder');
  });

  test('are in no refusal of the protocol', async () => {
    await using vendor = await echoingVendor();
    await using f = await connect({ env: { ...vendor.env, AUTOMATIONS_LOG_LEVEL: 'silent' } });
    const key = keys.scrip;
    const replies = [
      await post(f.url ?? '', { name: key }),
      await post(f.url ?? '', { name: 'list_connections', requestState: key }),
      await post(f.url ?? '', { name: 'list_connections', inputResponses: { [key]: key } }),
      await post(f.url ?? '', { name: 'list_connections' }, { headers: { 'mcp-name': key } }),
      await post(f.url ?? '', { name: 'list_connections' }, { headers: { 'mcp-method': key } }),
      await post(f.url ?? '', { name: 'list_connections' }, { headers: { 'mcp-protocol-version': key } }),
      await post(f.url ?? '', { name: 'list_connections' }, { client: key }),
    ];
    for (const [n, reply] of replies.entries())
      nowhere(JSON.stringify(reply), `reply ${n} ${JSON.stringify(reply).slice(0, 300)}`);
    // A session's id holds who opened it.
    const opening = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: `a ${key}`, version: key } };
    const opened = await fetch(f.url ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: opening }),
    });
    expect(opened.headers.get('mcp-session-id')).toBeTruthy();
    nowhere([...opened.headers].join('\n') + (await opened.text()), 'a new session');
    for (const body of [
      key,
      JSON.stringify(key),
      `{"${key}":1}`,
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: key }),
    ]) {
      const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
      for (const more of [{}, { 'mcp-protocol-version': protocol, 'mcp-method': key }, { 'mcp-session-id': key }]) {
        const said = await fetch(f.url ?? '', {
          method: 'POST',
          headers: { ...headers, ...(more as Record<string, string>) },
          body,
        });
        nowhere(await said.text(), `${body} with ${JSON.stringify(more)}`);
      }
    }
  });
});

describe.concurrent('P17 C1: secrets of the surroundings', () => {
  test('from files, and those of other programs, are in no output', { timeout: 180_000 }, async () => {
    await using vendor = await echoingVendor();
    await using home = await folder();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(home.path, 'scrip.key'), `${keys.scrip}\n`, { mode: 0o600 });
    const { SCRIP_API_KEY: _, ...rest } = vendor.env;
    const others = ['AKIAforeign0secret1value', 'hunter2hunter2hunter2', 'ghp_foreign0123456789abcdef'];
    const env = {
      ...rest,
      SCRIP_API_KEY: '',
      SCRIP_API_KEY_FILE: join(home.path, 'scrip.key'),
      AWS_SECRET_ACCESS_KEY: others[0] ?? '',
      DATABASE_URL: `postgres://me:${others[1]}@db/x`,
      GITHUB_TOKEN: others[2] ?? '',
    };
    await using f = await connect({ transport: 'stdio', era: 'legacy', person: yes, env });
    for (vendor.form = 0; vendor.form < forms('').length; vendor.form += 4)
      for (const [name, arguments_] of calls)
        nowhere(JSON.stringify(await f.client.callTool({ name, arguments: arguments_ })), name, [
          ...Object.values(keys),
          ...others,
        ]);
    nowhere(f.stderr(), 'stderr', [...Object.values(keys), ...others]);
    nowhere(await kept(f), 'the state folder', [...Object.values(keys), ...others]);
    for (const args of [
      ['--help'],
      ['serve', '--help'],
      ['client-config'],
      ['--version'],
      ['approvals', 'list'],
      ['nonsense'],
    ]) {
      const { stdout, stderr } = await run(args, { ...env, AUTOMATIONS_STATE_FOLDER: f.stateFolder });
      nowhere(stdout + stderr, args.join(' '), [...Object.values(keys), ...others]);
    }
  });
});
