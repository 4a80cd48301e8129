// Static tokens at the door: which one lets in, what all others are told, and that a revocation counts at once, at every server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGood, newToken, ownerOf } from '../../src/identity/tokens.ts';
import { redactor } from '../../src/redact.ts';
import { json, refusal } from '../transports/knock.ts';
import { type Served, served } from './served.ts';

const principals = [{ id: 'ada' }, { id: 'bob' }];
let at: Served;
beforeAll(async () => {
  at = await served({ principals });
});
afterAll(() => at[Symbol.asyncDispose]());

describe('C12 C20: a token', () => {
  test('lets its principal in, on loopback too, and nobody comes in without', async () => {
    const { token } = await at.token('ada');
    expect((await at.ask(`Bearer ${token}`)).status).toBe(200);
    expect((await at.ask(`bearer   ${token}`)).status).toBe(200);
    const nobody = await at.ask();
    refusal(nobody, 401);
    expect(nobody.headers['www-authenticate']).toBe('Bearer realm="automations-mcp"');
  });

  test('is asked for before the body is read, whatever the method', async () => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const headers = { host: `127.0.0.1:${at.port}`, 'content-type': 'text/plain', 'content-length': '999999999' };
      const answer = await at.knock({ method, headers: method === 'POST' ? headers : { host: headers.host } });
      expect(answer.status, method).toBe(401);
    }
    expect(
      (await at.knock({ method: 'GET', path: '/healthz', headers: { host: `127.0.0.1:${at.port}` } })).status,
    ).toBe(200);
  });

  test('that is unknown, wrong, expired, revoked, misspelled, for another door or for nobody opens nothing, in the same words', async () => {
    const { token, id } = await at.token('ada');
    const other = (await at.token('bob')).token;
    const last = token.endsWith('A') ? 'B' : 'A';
    const bad = [
      newToken({ principal: 'ada', purpose: 'mcp' }, Date.now(), 90).token,
      `${token.slice(0, -1)}${last}`,
      token.replace(id, '0'.repeat(16)),
      `amcp_${id}_${other.slice(22)}`,
      (await at.token('ada', { expires_at: Date.now() })).token,
      (await at.token('ada', { revoked_at: Date.now() })).token,
      (await at.token('ada', { purpose: 'approvals' })).token,
      (await at.token('eve')).token,
      (await at.token('local')).token,
      token.toUpperCase(),
      token.slice(5),
      `${token}A`,
      'amcp_',
      'x',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.',
    ];
    const answers = await Promise.all(bad.map(one => at.ask(`Bearer ${one}`)));
    for (const [n, answer] of answers.entries()) {
      refusal(answer, 401, bad[n]?.length === 1 ? undefined : bad[n]);
      expect(answer.headers['www-authenticate'], bad[n]).toBe('Bearer realm="automations-mcp", error="invalid_token"');
      expect(answer.text).toBe(answers[0]?.text);
    }
    expect((await at.ask(`Bearer ${token}`)).status).toBe(200);
  });

  test('counts in one Authorization header, and nowhere else', async () => {
    const { token } = await at.token('ada');
    for (const header of [`Basic ${token}`, token, `Bearer ${token} x`, `Bearer ${token}, Bearer ${token}`, 'Bearer'])
      expect((await at.ask(header)).status, header).toBe(401);
    const host = `127.0.0.1:${at.port}`;
    for (const path of [`/mcp?access_token=${token}`, `/mcp?token=${token}`])
      expect((await at.knock({ path, headers: { ...json, host }, body: '{}' })).status).toBe(401);
    // Twice is not once, even where both are good: whoever stands before this server may look at the other.
    const twice = await at.knock({
      headers: { ...json, host, authorization: [`Bearer ${token}`, `Bearer ${token}`] as unknown as string },
      body: '{}',
    });
    expect(twice.status).toBe(401);
  });

  test('that is revoked at one server is refused by the other at the next request', async () => {
    await using other = await served({ principals, beside: at });
    const { token, id } = await at.token('ada');
    expect((await other.ask(`Bearer ${token}`)).status).toBe(200);
    await at.store.revokeToken(id, Date.now());
    expect((await other.ask(`Bearer ${token}`)).status).toBe(401);
    expect((await at.ask(`Bearer ${token}`)).status).toBe(401);
  });

  test('is not in the store, nor in any output where it was put by mistake', async () => {
    const { token, id } = await at.token('ada');
    const row = await at.store.token(id);
    expect(JSON.stringify(row)).not.toContain(token.slice(22));
    expect(row?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(redactor([])(`It is ${token}, or "${token}"\\n${token}.`)).toBe('It is [secret], or "[secret]"\\n[secret].');
    // A header of the protocol that holds one is not repeated either.
    const told = await at.ask(`Bearer ${token}`, { 'mcp-name': token });
    expect([told.status, told.text.includes(token)]).toEqual([400, false]);
  });

  test('cannot be told from others while the store cannot be read: 503, and nobody is let in', async () => {
    await using broken = await served({ principals });
    const { token } = await broken.token('ada');
    await broken.store.close();
    const answer = await broken.ask(`Bearer ${token}`);
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('tools');
  });
});

test('two tokens share nothing, and 256 bits are drawn for each', () => {
  const made = Array.from({ length: 50 }, () => newToken({ principal: 'ada', purpose: 'mcp' }, 0, 1));
  expect(new Set(made.map(({ token }) => token)).size).toBe(50);
  for (const { token, row } of made) {
    expect(token).toMatch(/^amcp_[0-9a-f]{16}_[\w-]{43}$/);
    expect(Buffer.from(token.slice(22), 'base64url')).toHaveLength(32);
    expect(row).toMatchObject({ created_at: 0, expires_at: 86_400_000, revoked_at: null, purpose: 'mcp' });
  }
});

test('a token is good until the millisecond it expires, and one without an end until it is revoked', async () => {
  const { row, token } = newToken({ principal: 'ada', purpose: 'mcp' }, 0, 1);
  const store = (over: object) => ({ token: async () => ({ ...row, ...over }) });
  expect(await ownerOf(store({}), 'mcp', token, 86_399_999)).toBe('ada');
  expect(await ownerOf(store({}), 'mcp', token, 86_400_000)).toBeUndefined();
  expect(await ownerOf(store({}), 'approvals', token, 0)).toBeUndefined();
  expect(await ownerOf(store({ expires_at: null }), 'mcp', token, 1e15)).toBe('ada');
  expect(isGood({ ...row, expires_at: null, revoked_at: 1 }, 0)).toBe(false);
});
