// Attacks on the team's page: from other pages, with other people's and agents' tokens, with old cookies and old forms, and by guessing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newQuestion } from '../../src/approvals/approvals.ts';
import type { QuestionRow } from '../../src/store/store.ts';
import type { Served } from '../identity/served.ts';
import type { Answer } from '../transports/knock.ts';
import { facts, quoteOf, textOf } from './page-visitor.ts';
import { agent, browser, signedIn, team } from './team-visitor.ts';

let s: Served;
beforeAll(async () => {
  s = await team();
});
afterAll(() => s[Symbol.asyncDispose]());

let asked = 0;
async function ask(of: Partial<QuestionRow> = {}): Promise<string> {
  const now = Date.now();
  const row = newQuestion({
    now,
    expires_at: now + 600_000,
    digest: `digest ${++asked}`,
    call: `call ${asked}`,
    tool: facts.tool,
    connection: 'main',
    principal: 'ana',
    client: 'Claude Code',
    arguments: {},
    target_version: 'v1',
    policy_version: 'p1',
    quote: quoteOf,
    verdict: 'ask',
    approver: 'anyone',
    rule: 'defaults',
    shown: 'Confirm: Run it.\nAccount: main (scrip, production); tool x\nCost: 1 credit',
    changes: [],
  });
  return (await s.store.ask({ ...row, ...of })).question.id;
}
const state = async (id: string) => (await s.store.question(id))?.state;
const told = ({ status, text }: Answer) => ({ status, text: textOf(text) });
const nothing = { status: 404, text: expect.stringContaining('There is no such page, or not for this browser.') };
const none = '0'.repeat(32);

describe('C11: other pages', () => {
  test('nothing that they can send is an answer, a way in or a way out', async () => {
    const id = await ask();
    const bo = await signedIn(s, 'bo');
    const { csrf } = await bo.form(id);
    const posts: [string, Record<string, string>][] = [
      [`/approvals/${id}/answer`, { csrf, answer: 'approve' }],
      ['/approvals/sign-in', { token: bo.token }],
      ['/approvals/sign-out', { csrf }],
    ];
    const origins = [
      'https://evil.example',
      'null',
      'http://127.0.0.1:1',
      `https://127.0.0.1:${s.port}`,
      `http://localhost:${s.port}`,
      `http://127.0.0.1:${s.port}/`,
      undefined,
    ];
    for (const [path, fields] of posts) {
      for (const origin of origins) {
        const { status, headers } = await bo.post(path, fields, { headers: { origin } });
        expect([path, origin, status]).toEqual([path, origin, 403]);
        expect(headers).not.toHaveProperty('set-cookie');
        expect(headers).not.toHaveProperty('access-control-allow-origin');
      }
      for (const site of ['cross-site', 'same-site', 'none'])
        expect((await bo.post(path, fields, { headers: { 'sec-fetch-site': site } })).status).toBe(403);
      for (const more of [{ 'sec-fetch-dest': 'iframe' }, { 'sec-fetch-mode': 'cors' }, { 'sec-fetch-dest': 'empty' }])
        expect((await bo.post(path, fields, { headers: more })).status).toBe(403);
      for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', undefined])
        expect((await bo.post(path, fields, { headers: { 'content-type': type } })).status).toBe(415);
      expect((await bo.post(path, { ...fields, more: 'x'.repeat(5_000) })).status).toBe(413);
      for (const host of ['evil.example', `evil.example:${s.port}`, '127.0.0.1', `127.0.0.1:${s.port}, x`])
        expect((await bo.post(path, fields, { headers: { host, origin: `http://${host}` } })).status).toBe(403);
      expect((await bo.get(path)).status).toBe(405);
      expect((await bo.post(path, fields, { method: 'PUT' })).status).toBe(405);
    }
    expect(await state(id)).toBe('open');
    expect((await bo.get(`/approvals/${id}`)).status).toBe(200);
  });

  test('no frame, no script and no picture shows it; every answer says so, and is kept nowhere', async () => {
    const bo = await signedIn(s, 'bo');
    const id = await ask();
    for (const dest of ['iframe', 'frame', 'embed', 'object', 'script', 'image', 'empty'])
      expect((await bo.get('/approvals', { 'sec-fetch-dest': dest })).status).toBe(403);
    const answers = [
      await bo.get(),
      await bo.get(`/approvals/${id}`),
      await browser(s).get(),
      await bo.get('/approvals/x'),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
      });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';/);
      for (const part of ["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        expect(policy).toContain(part);
    }
  });

  test('origins that may use /mcp have no business here', async () => {
    const origin = 'https://inspector.example';
    await using other = await team({ env: { AUTOMATIONS_ALLOWED_ORIGINS: origin } });
    const bo = await signedIn(other, 'bo');
    const answer = await bo.get('/approvals', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    expect((await other.ask(undefined, { origin })).headers['access-control-allow-origin']).toBe(origin);
  });
});

describe('C4: what an agent holds', () => {
  test('its token signs nobody in, whoever’s it is, and a token for approvals is no key to /mcp', async () => {
    await using a = await agent(s, 'bo');
    const me = browser(s);
    const refused = await me.signIn(a.token);
    expect([refused.status, refused.headers['set-cookie']]).toEqual([403, undefined]);
    expect(textOf(refused.text)).toContain('That is no token for approvals, or it is no longer good.');
    expect(refused.text).not.toContain(a.token);
    const { token } = await s.token('bo', { purpose: 'approvals' });
    expect((await s.ask(`Bearer ${token}`)).status).toBe(401);
    expect((await s.ask(`Bearer ${a.token}`)).status).toBe(200);
  });

  test('a bearer token on the page is looked at by nobody, nor is the page’s cookie at /mcp', async () => {
    const id = await ask();
    await using a = await agent(s, 'bo');
    const { token } = await s.token('bo', { purpose: 'approvals' });
    for (const bearer of [a.token, token]) {
      const headers = { authorization: `Bearer ${bearer}` };
      const { text } = await browser(s).get(`/approvals/${id}`, headers);
      expect(textOf(text)).toContain('Sign in to approve');
      const answer = await browser(s).post(`/approvals/${id}/answer`, { csrf: '', answer: 'approve' }, { headers });
      expect(answer.status).toBe(403);
    }
    const bo = await signedIn(s, 'bo');
    expect((await s.ask(undefined, { cookie: bo.cookie })).status).toBe(401);
    expect(await state(id)).toBe('open');
  });

  test('its own questions are nobody’s whom the file does not let answer them, with a token of their own either', async () => {
    const [mine, dans] = [await ask(), await ask({ principal: 'dan' })];
    const ana = await signedIn(s, 'ana');
    expect(told(await ana.get(`/approvals/${mine}`))).toEqual(nothing);
    const dan = await signedIn(s, 'dan');
    expect((await dan.answer(dans, 'approve')).status).toBe(303);
    expect(await s.store.question(dans)).toMatchObject({ state: 'approved', decided_by: 'dan' });
  });
});

describe('C13: what is another’s', () => {
  test('is told like what is not there, on the list, by its address and to a form', async () => {
    const [id, other] = [await ask(), await ask({ principal: 'bo' })];
    for (const who of ['eve', 'dan', 'ana']) {
      const them = await signedIn(s, who);
      expect((await them.get()).text).not.toContain(id);
      const absent = await them.get(`/approvals/${none}`);
      const theirs = await them.get(`/approvals/${id}`);
      expect(told(theirs)).toEqual(nothing);
      const bare = ({ status, text, headers: { date, 'x-request-id': request, ...headers } }: Answer) => ({
        status,
        text,
        headers,
      });
      expect(bare(theirs)).toEqual(bare(absent));
      const bo = await signedIn(s, 'bo');
      const { csrf } = await bo.form(id);
      for (const to of [id, none])
        expect(told(await them.post(`/approvals/${to}/answer`, { csrf, answer: 'approve' }))).toEqual(nothing);
    }
    const cy = await signedIn(s, 'cy');
    expect((await cy.get()).text).toContain(id);
    expect((await cy.get()).text).not.toContain(other);
    expect(await state(id)).toBe('open');
  });

  test('to whoever is not signed in every address is the same, and no question is named', async () => {
    const id = await ask();
    const [there, not] = [await browser(s).get(`/approvals/${id}`), await browser(s).get(`/approvals/${none}`)];
    expect(there.text.replaceAll(id, none)).toBe(not.text);
    expect(textOf(there.text)).not.toContain('Run it');
    const answer = await browser(s).post(`/approvals/${id}/answer`, { csrf: '', answer: 'approve' });
    expect(told(answer)).toEqual({
      status: 403,
      text: expect.stringContaining('You are not signed in, or no longer. Nothing was approved.'),
    });
    for (const path of [
      '/approvals/',
      `/approvals/${id}/`,
      `/approvals/${id.toUpperCase()}`,
      '/approvals/x',
      '/approvals?x',
      `/approvals/${id}?next=x`,
    ])
      expect((await browser(s).get(path)).status).toBe(404);
    expect((await browser(s).get('/approvalsx')).headers['content-type']).toContain('json');
  });
});

describe('P4: a cookie', () => {
  test('is HttpOnly, for this site’s own requests, for this page alone, and ends; where the public address is https it is that host’s alone', async () => {
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const set = (await browser(s).signIn(token)).headers['set-cookie'];
    expect(set).toEqual([
      expect.stringMatching(
        /^approvals=[\w-]+\.[\w-]{43}; Max-Age=14400; Path=\/approvals; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    await using https = await team({ env: { AUTOMATIONS_PUBLIC_URL: 'https://ops.example' } });
    const at = browser(https, 'ops.example');
    const { token: theirs } = await https.token('bo', { purpose: 'approvals' });
    const own = { headers: { origin: 'https://ops.example' } };
    const answer = await at.signIn(theirs, undefined, own);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-approvals=[\w-]+\.[\w-]{43}; Max-Age=14400; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect(textOf((await at.get()).text)).toContain('Nothing waits for you');
    // As the one for http it opens nothing there.
    at.cookie = at.cookie.replace('__Host-', '');
    expect(textOf((await at.get()).text)).toContain('Sign in to approve');
    expect(https.house.team?.url('x')).toBe('https://ops.example/approvals/x');
  });

  test('that was changed, made up, or is another server’s is none', async () => {
    const bo = await signedIn(s, 'bo');
    const [payload = '', signature = ''] = bo.cookie.slice('approvals='.length).split('.');
    const fields = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const sealed = (of: unknown[]) => Buffer.from(JSON.stringify(of)).toString('base64url');
    await using other = await team();
    const there = await signedIn(other, 'bo');
    const wrong = [
      '',
      payload,
      `${payload}.`,
      `${payload}.${'A'.repeat(43)}`,
      `${sealed([fields[0], fields[1] + 1, ...fields.slice(2)])}.${signature}`,
      `${sealed([...fields.slice(0, 3), 'cy'])}.${signature}`,
      `${payload}.${signature}.${signature}`,
      `.${signature}`,
      there.cookie.slice('approvals='.length),
    ];
    for (const value of wrong)
      expect(textOf((await browser(s).get('/approvals', { cookie: `approvals=${value}` })).text)).toContain('Sign in');
    // Among others on this address, which may be of the same name, it is found.
    const among = `a=b; approvals=x; ${bo.cookie}; approvals`;
    expect(textOf((await browser(s).get('/approvals', { cookie: among })).text)).toContain('Sign out');
  });

  test('ends with the token, by revocation or expiry, and with the morning', async () => {
    const now = Date.now();
    const clocked = await team();
    try {
      let at = now;
      clocked.house.now = () => at;
      const bo = await signedIn(clocked, 'bo');
      const inside = async () => textOf((await bo.get()).text).includes('Sign out');
      expect(await inside()).toBe(true);
      await clocked.store.revokeToken(bo.id, Date.now());
      expect(await inside()).toBe(false);
      expect((await bo.signIn(bo.token)).status).toBe(403);
      const short = await clocked.token('bo', { purpose: 'approvals', expires_at: now + 1_000 });
      expect((await bo.signIn(short.token)).status).toBe(303);
      expect(await inside()).toBe(true);
      at = now + 1_000;
      expect([await inside(), (await bo.signIn(short.token)).status]).toEqual([false, 403]);
      const { token } = await clocked.token('bo', { purpose: 'approvals' });
      expect((await bo.signIn(token)).status).toBe(303);
      at += 4 * 3_600_000 - 1;
      expect(await inside()).toBe(true);
      at += 1;
      expect(await inside()).toBe(false);
    } finally {
      await clocked[Symbol.asyncDispose]();
    }
  });

  test('that was given back opens nothing, in no other browser that holds a copy either', async () => {
    const bo = await signedIn(s, 'bo');
    const copy = bo.cookie;
    const { text } = await bo.get();
    const csrf = /sign-out"><input type="hidden" name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
    expect((await bo.post('/approvals/sign-out', { csrf: 'x' })).status).toBe(403);
    expect((await bo.post('/approvals/sign-out', {})).status).toBe(403);
    expect((await bo.post('/approvals/sign-in', {})).status).toBe(403);
    expect((await bo.post('/approvals/sign-in', {}, { body: `token=${bo.token}&token=${bo.token}` })).status).toBe(403);
    const out = await bo.post('/approvals/sign-out', { csrf });
    expect([out.status, out.headers.location, bo.cookie]).toEqual([303, '/approvals', '']);
    expect(textOf((await browser(s).get('/approvals', { cookie: copy })).text)).toContain('Sign in to approve');
    expect((await bo.post('/approvals/sign-out', { csrf })).status).toBe(403);
  });
});

describe('P4 P6: a form', () => {
  test('answers the question it was made for, for whom it was made, once', async () => {
    const [one, two] = [await ask(), await ask()];
    const [bo, cy] = [await signedIn(s, 'bo'), await signedIn(s, 'cy')];
    const mine = await bo.form(one);
    const answer = { answer: 'approve' };
    const wrong: [typeof bo, string, string][] = [
      [bo, two, mine.csrf],
      [cy, one, mine.csrf],
      [bo, one, ''],
      [bo, one, `${mine.csrf}x`],
    ];
    for (const [who, id, csrf] of wrong)
      expect(told(await who.post(`/approvals/${id}/answer`, { ...answer, csrf }))).toEqual({
        status: 403,
        text: expect.stringContaining('Another page sent this. Nothing was approved.'),
      });
    // Whoever signs in anew has new forms.
    const again = browser(s);
    await again.signIn(bo.token);
    expect((await again.post(`/approvals/${one}/answer`, { ...answer, csrf: mine.csrf })).status).toBe(403);
    expect([await state(one), await state(two)]).toEqual(['open', 'open']);
    expect((await bo.post(`/approvals/${one}/answer`, { ...answer, csrf: mine.csrf })).status).toBe(303);
    const replayed = await bo.post(`/approvals/${one}/answer`, { answer: 'reject', csrf: mine.csrf });
    expect(told(replayed)).toEqual({
      status: 409,
      text: expect.stringContaining('Too late: your answer changed nothing.'),
    });
    expect(await s.store.question(one)).toMatchObject({ state: 'approved', decided_by: 'bo' });
  });

  test('of a question that expired changes nothing', async () => {
    const id = await ask();
    const bo = await signedIn(s, 'bo');
    const { csrf } = await bo.form(id);
    const { now } = s.house;
    s.house.now = () => now() + 600_001;
    try {
      expect(textOf((await bo.get(`/approvals/${id}`)).text)).toContain('Expired');
      const late = await bo.post(`/approvals/${id}/answer`, { csrf, answer: 'approve' });
      expect(told(late)).toEqual({ status: 409, text: expect.stringContaining('Nobody answered in time.') });
      expect((await bo.get()).text).not.toContain(id);
    } finally {
      s.house.now = now;
    }
    expect(await state(id)).toBe('open');
  });

  test('of what is dear wants its words typed, which are this person’s for this question', async () => {
    const [id, other] = [await ask({ verdict: 'ask_human' }), await ask({ verdict: 'ask_human' })];
    const [bo, cy] = [await signedIn(s, 'bo'), await signedIn(s, 'cy')];
    const { csrf, phrase } = await bo.form(id);
    expect(phrase).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    expect((await bo.form(id)).phrase).toBe(phrase);
    const elsewhere = [(await bo.form(other)).phrase, (await cy.form(id)).phrase];
    expect(new Set([phrase, ...elsewhere]).size).toBe(3);
    for (const typed of ['', ...elsewhere]) {
      const said = await bo.post(`/approvals/${id}/answer`, { csrf, answer: 'approve', phrase: typed });
      expect(told(said)).toEqual({ status: 422, text: expect.stringContaining('Those were not the words.') });
    }
    expect(await state(id)).toBe('open');
    expect(
      (await bo.post(`/approvals/${id}/answer`, { csrf, answer: 'approve', phrase: ` ${phrase.toUpperCase()} ` }))
        .status,
    ).toBe(303);
    expect(await state(id)).toBe('approved');
  });
});

describe('C20: guessing', () => {
  test('a way in may be tried ten times in ten seconds, and then waits, whatever is tried', async () => {
    await using fresh = await team();
    const { token } = await fresh.token('bo', { purpose: 'approvals' });
    for (let n = 0; n < 10; n++)
      expect((await browser(fresh).signIn(`amcp_${'0'.repeat(16)}_${'A'.repeat(43)}`)).status).toBe(403);
    const waits = await browser(fresh).signIn(token);
    expect(waits.status).toBe(429);
    expect(Number(waits.headers['retry-after'])).toBeGreaterThan(0);
    expect(waits.headers).not.toHaveProperty('set-cookie');
  });

  test('every address has a limit of requests, before anybody said who they are', async () => {
    await using fresh = await team({ env: { AUTOMATIONS_RATE_LIMIT: '1' } });
    const statuses = [];
    for (let n = 0; n < 12; n++) statuses.push((await browser(fresh).get()).status);
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429]);
  });
});

test('P17: no token and no cookie is in the log, in an answer or in an address', async () => {
  const bo = await signedIn(s, 'bo');
  const id = await ask();
  const answers = [
    await bo.get(),
    await bo.get(`/approvals/${id}`),
    await bo.answer(id, 'reject'),
    await bo.get(`/approvals/${id}`),
  ];
  for (const { text, headers } of answers)
    for (const secret of [bo.token, bo.token.slice(-43), bo.cookie.slice(10)])
      expect(text + JSON.stringify(headers)).not.toContain(secret);
});

test('without principals there is no such page', async () => {
  const { connect } = await import('../fixtures.ts');
  await using f = await connect();
  const port = Number(new URL(f.url ?? '').port);
  expect((await browser({ port }).get()).status).toBe(404);
});

test('somebody who comes by a link signs in and is where they were going; one who is signed in already is led there', async () => {
  const id = await ask();
  const { token } = await s.token('bo', { purpose: 'approvals' });
  const me = browser(s);
  const onward = await me.get(`/approvals/${id}`, { 'sec-fetch-site': 'cross-site' });
  expect(onward.text).toContain(`<meta http-equiv="refresh" content="0;url=/approvals/${id}">`);
  const { text } = await me.get(`/approvals/${id}`, { 'sec-fetch-site': 'same-origin' });
  expect(text).toContain(`<input type="hidden" name="question" value="${id}">`);
  expect((await me.signIn('wrong', id)).text).toContain(`name="question" value="${id}"`);
  expect((await me.signIn(token, id)).headers.location).toBe(`/approvals/${id}`);
  for (const goal of ['//evil.example', '/mcp', `${id}x`, 'sign-out'])
    expect((await browser(s).signIn(token, goal)).headers.location).toBe('/approvals');
});
