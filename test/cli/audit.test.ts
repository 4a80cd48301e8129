// The audit on a command line: what the commands print and end with, on an audit that a real session left behind.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit, printer } from '../../src/cli/audit.ts';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { chained, genesis } from '../../src/store/chain.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { connect, type Fixture, type Said, yes } from '../fixtures.ts';
import { entry } from '../store/rows.ts';
import { run, start } from './program.ts';

async function printed(store: Store, ...args: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const code = await audit(args, { program: '1', store, print: async line => void lines.push(line) === undefined });
  return { code, lines };
}

describe('on what a session left behind', () => {
  let fixture: Fixture;
  let fired: Said;
  let env: Record<string, string>;
  const of = (...args: string[]) => run(['audit', ...args], env);

  beforeAll(async () => {
    fixture = await connect({ person: yes });
    env = { AUTOMATIONS_STATE_FOLDER: fixture.stateFolder };
    await fixture.call('scrip_list_automations');
    await fixture.call('scrip_get_automation', { automation_id: 5 });
    fired = await fixture.call('scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest });
    await fixture.house?.close();
  });
  afterAll(() => fixture.close());

  test('a write carries a head, which verify takes', async () => {
    const head = fired.structured.audit;
    expect(head).toMatch(/^\d+\.[0-9a-f]{16}$/);
    expect(fired.text.split('\n').at(-1)).toBe(`audit: ${head}`);
    const said = await of('verify', '--head', head, '--head', head);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(said.stdout).toMatch(/^The audit is whole: \d+ entries, the last is \d+\.[0-9a-f]{16}\.\n$/);
  });

  test('tail tells the story', async () => {
    const { code, stdout } = await of('tail');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const kinds = lines.map(line => line.trim().split(/ {2,}/)[2]);
    expect(kinds).toEqual([
      'policy',
      'read',
      'refused',
      'decision',
      'question',
      'answer',
      'decision',
      'intent',
      'receipt',
    ]);
    expect(stdout).toContain('scrip_list_automations on scrip  for local (test-client)  done');
    expect(stdout).toContain('not_sent, invalid_input: Invalid input for scrip_get_automation');
    expect(stdout).toContain('ask by defaults (run ');
    expect(stdout).toContain('approved, where: client');
  });

  test('tail -f goes on until it is told to stop', async () => {
    const { child, ended, said } = start(['audit', 'tail', '-f', '--json'], env);
    await said('"kind":"receipt"');
    const store = sqliteStore(join(fixture.stateFolder, 'state.sqlite'));
    await store.append([entry({ body: '{"later":true}' })]);
    await store.close();
    await said('"later":true');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect((await of('verify')).code).toBe(0);
  });

  test('export is the rows as they stand, which anybody can check', async () => {
    const { stdout } = await of('export');
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(rows.length).toBeGreaterThan(8);
    expect(chained(genesis, rows)).toEqual(rows);
    const csv = (await of('export', '--csv')).stdout;
    expect(csv.split('\n', 1)[0]).toBe('seq,time,at,kind,principal,client,connection,tool,intent_id,body,prev,hash');
    expect(csv.split('\n')).toHaveLength(rows.length + 2);
  });

  test('a reader that goes away ends it', async () => {
    const { child, ended } = start(['audit', 'export'], env);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('verify ends with 1 and says which entry', async () => {
    const db = new DatabaseSync(join(fixture.stateFolder, 'state.sqlite'));
    db.exec("UPDATE audit SET client = 'somebody' WHERE seq = 3");
    db.close();
    const { code, stdout } = await of('verify');
    expect(code).toBe(1);
    expect(stdout).toContain('Entry 3 was changed');
  });

  test.each([
    [['verify', '--head', 'abc'], '--head takes'],
    [['sing'], ''],
    [[], ''],
    [['tail', 'more'], ''],
  ])('%j is not understood', async (args, why) => {
    const { code, stderr } = await of(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});

describe('whatever stands in an entry', () => {
  const evil = '\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\u2066\r\n\u2028=cmd()';

  test('moves no cursor, starts no line, hides nothing, and is no formula', async () => {
    const store = sqliteStore(':memory:');
    await store.append(
      ['read', 'refused', 'decision', 'question', 'answer', 'intent', 'receipt', 'lost', 'policy', evil].map(kind =>
        entry({
          kind,
          client: evil,
          connection: evil,
          tool: evil,
          principal: evil,
          intent_id: evil,
          body: JSON.stringify({
            outcome: evil,
            reason: evil,
            shown: evil,
            id: evil,
            verdict: { verdict: evil, rule: evil, reason: evil },
            facts: { effect: evil, target: { name: evil } },
            refused: evil,
            limit: { name: evil },
          }),
        }),
      ),
    );
    await store.append([entry({ body: evil }), entry({ body: '"="' }), entry({ client: '=1+1', body: 'null' })]);
    for (const args of [['tail'], ['tail', '--json'], ['export']]) {
      const { lines, code } = await printed(store, ...args);
      expect(code).toBe(0);
      expect(lines).toHaveLength(13);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u202e\u2066\u2028]/u);
    }
    const { lines } = await printed(store, 'export');
    expect(JSON.parse(lines[0] ?? '').client).toBe(evil);
    const { lines: csv } = await printed(store, 'export', '--csv');
    expect(csv.at(-1)).toContain('"\'=1+1"');
    await store.close();
  });

  test('an empty audit, and none, are told as what they are', async () => {
    const store = sqliteStore(':memory:');
    expect(await printed(store, 'verify')).toEqual({ code: 0, lines: ['The audit is empty.'] });
    expect(await printed(store, 'tail')).toEqual({ code: 0, lines: [] });
    const cut = await printed(store, 'verify', '--head', `7.${'a'.repeat(16)}`);
    expect(cut.code).toBe(1);
    expect(cut.lines[0]).toContain('the chain ends at 0');
    await store.close();
    expect(await printed(store, 'verify')).toMatchObject({
      code: 1,
      lines: [expect.stringContaining('shutting down')],
    });
  });

  test('findings beyond fifty are counted', async () => {
    const store = sqliteStore(':memory:');
    const rows = chained(
      genesis,
      Array.from({ length: 80 }, () => entry()),
    );
    const torn = { ...store, audit: async (after: number) => (after < 0 ? rows.map(row => ({ ...row, at: 1 })) : []) };
    const { lines } = await printed(torn, 'verify');
    expect(lines).toHaveLength(52);
    expect(lines.slice(-2)).toEqual([
      '… and 30 more.',
      'The audit is not as it was written: 80 findings in 80 entries.',
    ]);
    await store.close();
  });

  test('is printed only as fast as it is read', async () => {
    let taken = () => {};
    const slow = new Writable({
      write(_chunk, _encoding, done) {
        taken = done;
      },
    });
    let printed = false;
    const printing = printer(slow)('a line').then(() => {
      printed = true;
    });
    await new Promise(resolve => setImmediate(resolve));
    expect(printed).toBe(false);
    taken();
    await printing;
  });
});
