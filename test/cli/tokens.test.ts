// The command that makes, lists and revokes tokens: what it prints where, and that a token is shown once and never again.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Desk, tokens } from '../../src/cli/tokens.ts';
import { ownerOf } from '../../src/identity/tokens.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { eventually } from '../server/twin.ts';
import { fireDigest, post } from '../server/wire.ts';
import { start as serve } from '../transports/program.ts';
import { folder, run } from './program.ts';

const now = Date.UTC(2027, 2, 1);
const operator = { principals: [{ id: 'ada' }, { id: 'bob' }] };

function desk() {
  const store = sqliteStore(':memory:');
  const said = { out: [] as string[], say: [] as string[] };
  const at: Desk = {
    store,
    operator,
    now,
    out: text => said.out.push(text),
    say: text => said.say.push(text),
  };
  const on = async (words: string, over: Partial<Desk> = {}) => {
    said.out = [];
    said.say = [];
    const code = await tokens(words.split(' '), { ...at, ...over });
    return { code, ...said };
  };
  return { store, on };
}

describe('tokens', () => {
  test('create prints the token alone on stdout, and the rest elsewhere; it is good from then on', async () => {
    const { store, on } = desk();
    const { code, out, say } = await on('create ada --days 30');
    const [token = ''] = out;
    expect([code, out.length]).toEqual([0, 1]);
    expect(say).toEqual([
      `Token ${token.slice(5, 21)} for ada opens /mcp, until 2027-03-31. It is shown this once: keep it now.`,
    ]);
    expect(await ownerOf(store, 'mcp', token, now)).toBe('ada');
    expect(await ownerOf(store, 'mcp', token, now + 30 * 86_400_000)).toBeUndefined();
    expect(JSON.stringify(await store.tokens())).not.toContain(token.slice(22));
  });

  test('one for the approval page opens nothing else; ninety days are usual', async () => {
    const { store, on } = desk();
    const { out, say } = await on('create bob --approvals');
    expect(say[0]).toContain('opens the approval page, and nothing else, until 2027-05-30.');
    expect(await ownerOf(store, 'approvals', out[0] ?? '', now)).toBe('bob');
    expect(await ownerOf(store, 'mcp', out[0] ?? '', now)).toBeUndefined();
  });

  test('list shows all of them and nothing that opens anything; revoke ends one', async () => {
    const { store, on } = desk();
    expect((await on('list')).out).toEqual(['There are no tokens.']);
    const [token = ''] = (await on('create ada')).out;
    const [other = ''] = (await on('create bob --days 1', { now: now - 2 * 86_400_000 })).out;
    const [id, otherId] = [token.slice(5, 21), other.slice(5, 21)];
    await store.addToken({
      id: 'f'.repeat(16),
      principal: 'bob',
      purpose: 'mcp',
      digest: '',
      created_at: 0,
      expires_at: null,
      revoked_at: null,
    });
    const { code, out } = await on(`revoke ${id}`);
    expect([code, ...out]).toEqual([
      0,
      `Token ${id} for ada is revoked 2027-03-01: every server on this store refuses it from its next request on.`,
    ]);
    expect(await ownerOf(store, 'mcp', token, now)).toBeUndefined();
    const listed = (await on('list')).out;
    expect(listed).toEqual([
      `${id}  ada  mcp  created 2027-03-01  revoked 2027-03-01`,
      `${otherId}  bob  mcp  created 2027-02-27  expired, until 2027-02-28`,
      'ffffffffffffffff  bob  mcp  created 1970-01-01  without end',
    ]);
    expect(listed.join()).not.toContain(token.slice(22));
    expect(await on('revoke 0000000000000000')).toEqual({ code: 1, out: [], say: ['There is no such token.'] });
  });

  test.each([
    ['create', /^usage: /],
    ['create ada bob', /^usage: /],
    ['list ada', /^usage: /],
    ['revoke', /^usage: /],
    ['show', /^usage: /],
    ['create adda', /^No principal is called "adda"; did you mean "ada"\?/],
    ['create ada --days 0', /^--days must be a whole number from 1 to 3650\.$/],
    ['create ada --days 3651', /^--days must be/],
    ['create ada --days', /^--days must be/],
    ['create ada --days 1.5', /^--days must be/],
  ])('%s is refused', async (words, told) => {
    const { store, on } = desk();
    await expect(on(words)).rejects.toThrow(told);
    expect(await store.tokens()).toEqual([]);
  });

  test('a whole token where an id belongs is refused and not repeated; without principals there is nobody to make one for', async () => {
    const { on } = desk();
    const [token = ''] = (await on('create ada')).out;
    const error = await on(`revoke ${token}`).catch((thrown: Error) => thrown);
    expect(String(error)).toContain('Give the id of the token');
    expect(String(error)).not.toContain(token);
    await expect(on('create ada', { operator: {} })).rejects.toThrow(
      /Tokens are for principals of the operator’s file/,
    );
  });

  test('of the program open its server, and no longer once they are revoked', async () => {
    await using home = await folder();
    const config = join(home.path, 'automations.yaml');
    await writeFile(config, 'principals: [{ id: ada, read_only: true }]\n');
    const env = {
      AUTOMATIONS_STATE_FOLDER: join(home.path, 'state'),
      AUTOMATIONS_CONFIG: config,
      AUTOMATIONS_NO_BROWSER: 'true',
    };
    await using server = serve({ ...env, AUTOMATIONS_HTTP: 'true', AUTOMATIONS_PORT: '0' });
    const url = await eventually(() => /serving (\S+)/.exec(server.stderr())?.[1]);
    const made = await run(['tokens', 'create', 'ada', '--days', '1'], env);
    const [token = '', ...more] = made.stdout.trimEnd().split('\n');
    expect([made.code, more]).toEqual([0, []]);
    const headers = { authorization: `Bearer ${token}` };
    const seen = await post(url, { name: 'list_connections' }, { headers });
    expect(seen.said.structured.connections).toHaveLength(2);
    const refused = await post(url, fireDigest, { headers });
    expect(refused.said.structured).toMatchObject({ outcome: 'denied', rule: 'read-only' });
    const revoked = await run(['tokens', 'revoke', token.slice(5, 21)], env);
    expect([revoked.code, revoked.stderr]).toEqual([0, '']);
    const after = await fetch(url, { method: 'POST', headers });
    expect([after.status, after.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="automations-mcp", error="invalid_token"',
    ]);
    for (const text of [server.stderr(), made.stderr, revoked.stdout]) expect(text).not.toContain(token.slice(22));
  });
});
