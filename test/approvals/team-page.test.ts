// The parts of the team's page by themselves: what follows from its key, what its list shows, what it takes and refuses, and when it breaks.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusedByTeam } from '../../src/approvals/page-guard.ts';
import { passDigest, passes } from '../../src/approvals/team-pass.ts';
import { inside, listPage, MOST_LISTED, signInPage } from '../../src/approvals/team-view.ts';
import { phraseOf } from '../../src/approvals/words.ts';
import { approversOf } from '../../src/identity/approvers.ts';
import { newToken } from '../../src/identity/tokens.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import { question, T } from '../store/rows.ts';
import { textOf } from './page-visitor.ts';
import { browser, hidden, signedIn, team } from './team-visitor.ts';

describe('what follows from the key', () => {
  const key = randomBytes(32);
  const made = passes(key);
  const pass = { token: 'a'.repeat(16), principal: 'bo', expires_at: T };

  test('P4: a pass says what it was made of until it is over, and no other text does', () => {
    const text = made.make(pass, randomBytes(16));
    expect(made.read(text, T - 1)).toEqual(pass);
    expect(made.read(text, T)).toBeUndefined();
    expect(passes(randomBytes(32)).read(text, 0)).toBeUndefined();
    expect(made.make(pass, randomBytes(16))).not.toBe(text);
    fc.assert(
      fc.property(fc.string(), fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (any, at, one) => {
        const changed = text.slice(0, at) + one + text.slice(at + 1);
        expect(made.read(any, 0)).toBeUndefined();
        expect(changed === text || made.read(changed, 0) === undefined).toBe(true);
      }),
    );
  });

  test('a form, the words to type and the digest are each their own, and nothing a pass is made of', () => {
    const [one, two] = [made.make(pass, randomBytes(16)), made.make(pass, randomBytes(16))];
    const all = [one, two].flatMap(text => [
      made.form(text, 'q1'),
      made.form(text, 'q2'),
      made.phrase(text, 'q1'),
      made.phrase(text, 'q2'),
      passDigest(text),
      text.split('.')[1],
    ]);
    expect(new Set(all).size).toBe(all.length);
    expect(made.form(one, 'q1')).toMatch(/^[\w-]{43}$/);
    expect(passDigest(one)).toMatch(/^[0-9a-f]{64}$/);
    expect(passes(randomBytes(32)).phrase(one, 'q1')).not.toBe(made.phrase(one, 'q1'));
  });

  test('words follow from a byte each, and every word can come as often as any other', () => {
    const [one, two, again] = phraseOf(Uint8Array.of(0, 1, 64), 3).split(' ');
    expect([one, two]).toEqual([phraseOf(Uint8Array.of(0), 1), phraseOf(Uint8Array.of(1), 1)]);
    expect([again, one === two]).toEqual([one, false]);
    expect(phraseOf(Uint8Array.of(), 1)).toBe(one);
    const times = new Map<string, number>();
    for (let n = 0; n < 256; n++) {
      const word = phraseOf(Uint8Array.of(n), 1);
      times.set(word, (times.get(word) ?? 0) + 1);
    }
    expect([times.size, new Set(times.values())]).toEqual([64, new Set([4])]);
  });
});

describe('the list', () => {
  const framing = inside('bo <b>', 'csrf');
  const of = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      question({
        id: `${i}`.padStart(32, '0'),
        principal: 'ana',
        client: '<i>Claude</i>',
        shown: `Confirm: Fire "${i}" <script>.\nAccount: main (scrip, production); tool x${i % 2 ? '' : `\nCost: ${i} credits`}`,
        expires_at: T + 60_000 * ((i * 7) % n) + 1_000,
      }),
    );

  test('shows the first to expire first, with what it costs where that is told, and everything as text', () => {
    const html = listPage(of(3), T, framing);
    const text = textOf(html);
    expect(text).toContain('bo <b> Sign out 3 calls wait for your answer');
    expect(text).toMatch(
      /Fire "0" <script>\. Cost: 0 credits ; expires in 0:01, at 08:00:01 UTC .*Fire "1" <script>\. expires in 1:01, .*Fire "2" <script>\. Cost: 2 credits ; expires in 2:01,/,
    );
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('<i>');
  });

  test('is as long as a person reads, and says how many more there are', () => {
    const html = listPage(of(MOST_LISTED + 2), T, framing);
    expect(html.match(/<li>/g)).toHaveLength(MOST_LISTED);
    expect(textOf(html)).toContain('And 2 more, which come up as these are answered.');
    expect(textOf(listPage(of(1), T, framing))).toContain('One call waits for your answer');
    const none = listPage([], T, framing);
    expect(textOf(none)).toContain('Nothing waits for you');
    expect(none).not.toContain('<ul');
  });

  test('and signing in take nothing of their own from an address', () => {
    expect(signInPage({})).not.toContain('name="question"');
    expect(signInPage({})).not.toContain('class="wrong"');
    expect(signInPage({ question: '"><b>' })).not.toContain('"><b>');
    expect(signInPage({ why: 'No.' })).toMatch(
      /<p class="wrong" role="alert">No\.<\/p>.*autofocus aria-invalid="true"/s,
    );
  });
});

describe('C11: the wall', () => {
  const own = 'https://ops.example';
  const id = '0'.repeat(32);
  const form = { origin: [own], 'content-type': ['application/x-www-form-urlencoded'] };
  const at = (method: string | undefined, url: string | undefined, headersDistinct: Record<string, string[]>) =>
    refusedByTeam({ method, url, headersDistinct }, own)?.status;

  test('lets through what is looked at from anywhere, and what is posted from the page itself', () => {
    for (const url of ['/approvals', `/approvals/${id}`])
      for (const site of ['none', 'same-origin', 'same-site', 'cross-site'])
        expect(at('GET', url, { 'sec-fetch-site': [site] })).toBeUndefined();
    for (const url of ['/approvals/sign-in', '/approvals/sign-out', `/approvals/${id}/answer`])
      expect(at('POST', url, { ...form, 'sec-fetch-site': ['same-origin'] })).toBeUndefined();
  });

  test.each<[number, string | undefined, string | undefined, Record<string, string[]>]>([
    [405, undefined, '/approvals', {}],
    [405, 'HEAD', '/approvals', {}],
    [404, 'GET', undefined, {}],
    [404, 'GET', '/approvals/', {}],
    [404, 'GET', `/approvals/${id}0`, {}],
    [404, 'GET', '/approvals?x', {}],
    [405, 'GET', '/approvals/sign-in', {}],
    [405, 'GET', `/approvals/${id}/answer`, {}],
    [405, 'POST', '/approvals', form],
    [405, 'POST', `/approvals/${id}`, form],
    [404, 'POST', '/approvals/x', form],
    [403, 'GET', '/approvals', { origin: ['https://evil.example'] }],
    [403, 'GET', '/approvals', { 'sec-fetch-site': ['elsewhere'] }],
    [403, 'GET', '/approvals', { 'sec-fetch-dest': ['iframe'] }],
    [403, 'GET', '/approvals', { 'sec-fetch-mode': ['cors'] }],
    [403, 'POST', '/approvals/sign-in', { ...form, origin: [own, own] }],
    [403, 'POST', '/approvals/sign-in', { 'content-type': form['content-type'] }],
    [403, 'POST', '/approvals/sign-in', { ...form, 'sec-fetch-site': ['none'] }],
    [415, 'POST', '/approvals/sign-in', { origin: [own] }],
    [413, 'POST', '/approvals/sign-in', { ...form, 'content-length': ['4097'] }],
  ])('%i to %s %s with %j', (status, method, url, headers) => {
    expect(at(method, url, headers)).toBe(status);
  });
});

test('C4: who may come is who holds a good token for approvals and stands in the file, and nobody else', async () => {
  const store = sqliteStore(':memory:');
  const principals = [{ id: 'bo', approves: ['ana'] }, { id: 'cy', approves: ['all'] }, { id: 'dan' }];
  let now = T;
  const door = approversOf(store, principals, () => now);
  const add = async (principal: string, purpose: 'mcp' | 'approvals', days = 1) => {
    const { row, token } = newToken({ principal, purpose }, now, days);
    await store.addToken(row);
    return { token, id: row.id };
  };
  const [bo, agents, dan, gone] = [
    await add('bo', 'approvals'),
    await add('cy', 'mcp'),
    await add('dan', 'approvals', 2),
    await add('eve', 'approvals'),
  ];
  const him = { principal: 'bo', approves: ['ana'] };
  expect(await door.enter(bo.token)).toEqual({ token: bo.id, by: him });
  expect(await door.enter(dan.token)).toEqual({ token: dan.id, by: { principal: 'dan', approves: [] } });
  for (const token of [agents.token, gone.token, '', bo.id, `${bo.token}x`, bo.token.toUpperCase()])
    expect(await door.enter(token)).toBeUndefined();
  expect(await door.stay(bo.id, 'bo')).toEqual(him);
  for (const [id, principal] of [
    [bo.id, 'cy'],
    [agents.id, 'cy'],
    [gone.id, 'eve'],
    ['none', 'bo'],
  ] as const)
    expect(await door.stay(id, principal)).toBeUndefined();
  expect(await door.all()).toEqual([him, { principal: 'dan', approves: [] }]);
  now += 86_400_000;
  expect(await door.all()).toEqual([{ principal: 'dan', approves: [] }]);
  expect([await door.stay(bo.id, 'bo'), await door.enter(bo.token)]).toEqual([undefined, undefined]);
  await store.revokeToken(dan.id, now);
  expect([await door.all(), await door.stay(dan.id, 'dan')]).toEqual([[], undefined]);
  await store.close();
});

describe('signing in and out', () => {
  const place = ({ headers }: { headers: Record<string, unknown> }) => String(headers.location);

  test('leads to the question that was asked for, where that is an id, and has nothing to read on the way', async () => {
    await using s = await team();
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const id = 'a1'.repeat(16);
    for (const [goal, to] of [
      [id, `/approvals/${id}`],
      [`x${id}`, '/approvals'],
      [`${id}x`, '/approvals'],
      ['//elsewhere.test', '/approvals'],
      [undefined, '/approvals'],
    ] as const) {
      const me = browser(s);
      const answer = await me.signIn(` ${token}\n`, goal);
      expect([goal, answer.status, place(answer), answer.text]).toEqual([goal, 303, to, '']);
    }
  });

  test('without a token, or too often, lets nobody in and says so', async () => {
    await using s = await team();
    const me = browser(s);
    const refused = await me.post('/approvals/sign-in', {});
    expect([refused.status, textOf(refused.text)]).toEqual([
      403,
      expect.stringContaining('That is no token for approvals'),
    ]);
    let answer = refused;
    for (let n = 0; n < 50 && answer.status === 403; n++) answer = await me.signIn('amcp_no_token');
    expect(answer.status).toBe(429);
    expect(textOf(answer.text)).toMatch(/Too often .*Wait \d+ s, then try again\./);
    expect(textOf(answer.text)).toContain(`Wait ${answer.headers['retry-after']} s`);
  });

  test('is asked for at once from here, and by way of a page of our own from anywhere else', async () => {
    await using s = await team();
    const me = browser(s);
    for (const path of ['/approvals', `/approvals/${'0'.repeat(32)}`]) {
      expect((await me.get(path)).text).toContain('name="token"');
      for (const site of ['cross-site', 'same-site'])
        expect((await me.get(path, { 'sec-fetch-site': site })).text).not.toContain('name="token"');
    }
  });

  test('and out takes the form of that very page, and then nothing more is answered', async () => {
    await using s = await team();
    const bo = await signedIn(s, 'bo');
    const forged = await bo.post('/approvals/sign-out', {});
    expect([forged.status, textOf(forged.text)]).toEqual([403, expect.stringContaining('Another page sent this.')]);
    expect((await bo.get()).text).toContain('Nothing waits for you');
    const csrf = hidden((await bo.get()).text, 'csrf');
    const pass = bo.cookie;
    const done = await bo.post('/approvals/sign-out', { csrf });
    expect([done.status, place(done), done.text]).toEqual([303, '/approvals', '']);
    bo.cookie = pass;
    for (const path of ['/approvals/sign-out', `/approvals/${'0'.repeat(32)}/answer`]) {
      const gone = await bo.post(path, { csrf });
      expect([gone.status, textOf(gone.text)]).toEqual([
        403,
        expect.stringContaining('You are not signed in, or no longer.'),
      ]);
    }
  });
});

describe('when things break', () => {
  test('P13: a store that cannot be used lets nobody in and approves nothing, says nothing of why, and is tried again', async () => {
    await using s = await team();
    const { token } = await s.token('bo', { purpose: 'approvals' });
    const { store } = s.house;
    const real = { key: store.key, questions: store.questions };
    store.key = () => Promise.reject(new Error('secret of the disk'));
    const broken = await browser(s).signIn(token);
    expect([broken.status, textOf(broken.text)]).toEqual([
      500,
      expect.stringContaining('Something in this server broke. Nothing was approved.'),
    ]);
    expect(broken.text).not.toContain('secret');
    store.key = real.key;
    const bo = await signedIn(s, 'bo');
    store.questions = () => Promise.reject(new Error('secret of the disk'));
    expect((await bo.get()).status).toBe(500);
    store.questions = real.questions;
    expect((await bo.get()).status).toBe(200);
  });

  test('a form that goes on and on is cut off, whoever sends it', async () => {
    await using s = await team();
    const bo = await signedIn(s, 'bo');
    const { id } = (
      await s.store.ask(question({ principal: 'ana', created_at: Date.now(), expires_at: Date.now() + 60_000 }))
    ).question;
    for (const path of ['sign-in', 'sign-out', `${id}/answer`]) {
      const more = { 'transfer-encoding': 'chunked' };
      const { status, text } = await bo.post(`/approvals/${path}`, { more: 'x'.repeat(5_000) }, { headers: more });
      expect([status, textOf(text)]).toEqual([413, expect.stringContaining('That is too long. Nothing was approved.')]);
    }
  });
});

test('any server on the store takes whoever signed in at another, and an answer given there', async () => {
  await using one = await team();
  await using two = await team({ beside: one });
  const bo = await signedIn(one, 'bo');
  const row = question({
    principal: 'ana',
    created_at: Date.now(),
    expires_at: Date.now() + 60_000,
    verdict: 'ask_human',
  });
  const { id } = (await one.store.ask(row)).question;
  const there = browser(two);
  there.cookie = bo.cookie;
  const [here, other] = [await bo.form(id), await there.form(id)];
  expect([other.csrf, other.phrase]).toEqual([here.csrf, here.phrase]);
  expect((await there.answer(id, 'approve')).status).toBe(303);
  expect(textOf((await bo.get(`/approvals/${id}`)).text)).toContain('It was answered on this page, by bo');
  expect(await one.store.question(id)).toMatchObject({ state: 'approved', decided_by: 'bo' });
});
