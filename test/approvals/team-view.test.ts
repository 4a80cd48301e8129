// The team's page part by part: the list in its order and bounds, signing in, the question of who asked it themselves, and what passes and forms are made of.
import { describe, expect, test } from 'vitest';
import { refusedByTeam } from '../../src/approvals/page-guard.ts';
import { questionPage } from '../../src/approvals/page-view.ts';
import { shownText } from '../../src/approvals/shown.ts';
import { passDigest, passes } from '../../src/approvals/team-pass.ts';
import { inside, listPage, MOST_LISTED, outside, signInPage } from '../../src/approvals/team-view.ts';
import { phraseOf } from '../../src/approvals/words.ts';
import { question, T } from '../store/rows.ts';
import { facts, textOf } from './page-visitor.ts';

const row = (n: number, of: object = {}) =>
  question({
    id: n.toString(16).padStart(32, '0'),
    principal: 'ana',
    client: 'Claude Code',
    connection: 'main',
    shown: `Confirm: Run ${n}.\nCost: ${n} credits; 5 left\nUndo: no`,
    expires_at: T + 60_000 + n * 1_000,
    ...of,
  });
const frame = inside('bo <b>', 'a-token');
const list = (rows: Parameters<typeof listPage>[0]) => listPage(rows, T, frame);

describe('the list', () => {
  test('of nothing says so', () => {
    const page = list([]);
    expect(page).toContain('<h1>Nothing waits for you</h1>');
    expect(page).not.toMatch(/<section>|<ul/);
  });

  test('tells each question by who asks, what, what it costs and until when, the first to expire first', () => {
    expect(list([row(1)])).toContain('<h1>One call waits for your answer</h1>');
    const page = list([row(7), row(2)]);
    expect(page).toContain('<h1>2 calls wait for your answer</h1>');
    expect(page.match(/<li>.*?<\/li>/g)).toEqual([
      `<li><p class="soft"><bdi>Claude Code</bdi>, for <b><bdi>ana</bdi></b>, asks, on <bdi>main</bdi></p><p><a href="/approvals/${'2'.padStart(32, '0')}"><bdi>Run 2.</bdi></a></p><p class="soft">Cost: <bdi>2 credits; 5 left</bdi>; expires in 1:02, at 08:01:02 UTC</p></li>`,
      expect.stringContaining('Run 7.'),
    ]);
    // An agent of the machine's own; a text that names no cost.
    const bare = list([row(3, { principal: 'local', shown: 'Confirm: Do it.' })]);
    expect(bare).toContain('<p class="soft"><bdi>Claude Code</bdi> asks, on');
    expect(bare).toContain('<p class="soft">expires in 1:03, at');
    expect(bare).not.toContain('And ');
  });

  test('shows a hundred and counts the rest', () => {
    const rows = Array.from({ length: MOST_LISTED + 3 }, (_, n) => row(n));
    expect(list(rows.slice(0, MOST_LISTED))).not.toContain('which come up');
    expect(list(rows).match(/<li>/g)).toHaveLength(MOST_LISTED);
    expect(list(rows)).toContain('<section><p>And 3 more, which come up as these are answered.</p></section>');
  });

  test('says whose it is, harmlessly, and has the way out', () => {
    expect(list([])).toContain(
      '<form method="post" action="/approvals/sign-out"><input type="hidden" name="csrf" value="a-token"><span><bdi>bo &#60;b&#62;</bdi></span><button>Sign out</button></form>',
    );
  });
});

describe('signing in', () => {
  test('asks for the token as for a password, and keeps where they were going', () => {
    const page = signInPage({});
    expect(page).toContain(outside.bar);
    expect(page).toContain('<form method="post" action="/approvals/sign-in"><input type="text" name="username" ');
    expect(page).toContain(
      '<input id="token" name="token" type="password" autocomplete="current-password" required spellcheck="false">',
    );
    const id = 'f'.repeat(32);
    expect(signInPage({ question: id })).toContain(
      `<input type="hidden" name="question" value="${id}"><input type="text"`,
    );
    const again = signInPage({ question: '"><b>', why: 'No.' });
    expect(again).toContain(
      '<p class="wrong" role="alert">No.</p><input type="hidden" name="question" value="&#34;&#62;&#60;b&#62;"><input',
    );
    expect(again).toContain('spellcheck="false" autofocus aria-invalid="true">');
  });
});

test('who asked it themselves may look and say no, where a rule wants another', () => {
  const asked = question({
    shown: shownText({ ...facts, another: 'ana "the" boss', now: T, expires_at: T + 60_000 }),
    expires_at: T + 60_000,
  });
  const page = (barred: boolean) =>
    questionPage({ question: asked, now: T, path: '/x', csrf: 'c', phrase: 'a b c', barred });
  expect(textOf(page(true))).toContain('You asked this yourself, and a rule wants another person’s yes.');
  expect(page(true)).not.toMatch(/Approve<\/button>|id="phrase"/);
  expect(page(true)).toContain('value="reject">Reject</button>');
  expect(page(false)).toMatch(/Approve<\/button>/);
  expect(page(false)).toContain('<kbd>a b c</kbd>');
  expect(textOf(page(false))).toContain(`Approver another person than "ana 'the' boss"`);
  expect(shownText({ ...facts, now: T, expires_at: T })).not.toContain('Approver');
});

describe('P4: a pass', () => {
  const key = new Uint8Array(32).fill(7);
  const [mine, others] = [passes(key), passes(new Uint8Array(32).fill(8))];
  const pass = { token: 'abc', principal: 'bo', expires_at: T };
  const nonce = new Uint8Array(16).fill(1);
  const text = mine.make(pass, nonce);

  test('is read by whoever has the key, until it is over', () => {
    expect(mine.read(text, T - 1)).toEqual(pass);
    expect(mine.read(text, T)).toBeUndefined();
    expect(others.read(text, T - 1)).toBeUndefined();
    expect(mine.make(pass, new Uint8Array(16))).not.toBe(text);
  });

  test('of which anything is changed, cut or added is none', () => {
    const [payload = '', signature = ''] = text.split('.');
    const richer = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('bo', 'al')).toString('base64url');
    for (const forged of [
      '',
      '.',
      payload,
      `${payload}.`,
      `.${signature}`,
      `${text}.x`,
      `${text}.`,
      `${richer}.${signature}`,
      `${payload}.${signature.slice(1)}`,
    ])
      expect(mine.read(forged, 0), forged).toBeUndefined();
  });

  test('makes forms and words of its own, for each thing others', () => {
    const all = [
      mine.form(text, 'sign-out'),
      mine.form(text, 'q1'),
      mine.form(`${text}x`, 'q1'),
      others.form(text, 'q1'),
      mine.phrase(text, 'q1'),
      mine.phrase(text, 'q2'),
      mine.phrase(`${text}x`, 'q1'),
      others.phrase(text, 'q1'),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(mine.form(text, 'q1')).toMatch(/^[\w-]{43}$/);
    expect(mine.phrase(text, 'q1')).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    expect([mine.form(text, 'q1'), mine.phrase(text, 'q1')]).toEqual([
      passes(key).form(text, 'q1'),
      passes(key).phrase(text, 'q1'),
    ]);
    expect(passDigest(text)).toMatch(/^[0-9a-f]{64}$/);
    expect(passDigest(text)).not.toBe(passDigest(`${text}x`));
  });

  test('words follow from bytes, all of them', () => {
    expect(phraseOf(new Uint8Array([0, 1, 64, 255]), 4)).toBe('acorn amber acorn zinc');
    expect(phraseOf(new Uint8Array([2, 0]), 1)).toBe('anchor');
    const all = phraseOf(
      Uint8Array.from({ length: 64 }, (_, n) => n),
      64,
    ).split(' ');
    expect(new Set(all).size).toBe(64);
  });
});

describe('C11: the wall of the team’s page', () => {
  const own = 'https://approve.test';
  const form = 'application/x-www-form-urlencoded';
  const id = 'a'.repeat(32);
  const said = (method: string | undefined, url: string | undefined, headers: Record<string, string[]> = {}) => {
    const refused = refusedByTeam({ method, url, headersDistinct: headers }, own);
    return refused && [refused.status, refused.allow ?? refused.reason];
  };
  const post = { origin: [own], 'content-type': [form] };

  test.each([
    ['GET', '/approvals', undefined],
    ['GET', `/approvals/${id}`, undefined],
    ['GET', `/approvals/${id}x`, [404, 'There is nothing here.']],
    ['GET', `/x/approvals/${id}`, [404, 'There is nothing here.']],
    ['GET', '/approvals/', [404, 'There is nothing here.']],
    ['GET', '/approvals/sign-in', [405, 'POST']],
    ['GET', '/approvals/sign-out', [405, 'POST']],
    ['GET', `/approvals/${id}/answer`, [405, 'POST']],
    ['POST', '/approvals', [405, 'GET']],
    ['POST', `/approvals/${id}`, [405, 'GET']],
    ['POST', '/approvals/sign-in', undefined],
    ['POST', '/approvals/sign-out', undefined],
    ['POST', `/approvals/${id}/answer`, undefined],
    ['POST', `/approvals/${id}/answers`, [404, 'There is nothing here.']],
    ['POST', `/x/approvals/${id}/answer`, [404, 'There is nothing here.']],
    ['PUT', '/approvals', [405, 'GET, POST']],
    [undefined, undefined, [405, 'GET, POST']],
  ])('%s %s: %j', (method, url, answer) => {
    expect(said(method, url, method === 'POST' ? post : {})).toEqual(answer);
  });

  test('a post comes from the page itself, and is a form', () => {
    const at = `/approvals/${id}/answer`;
    const another = [403, 'Another page sent this.'];
    expect(said('POST', at, { 'content-type': [form] })).toEqual(another);
    for (const origin of ['null', 'https://evil.test', `${own}:1`]) {
      expect(said('POST', at, { ...post, origin: [origin] })).toEqual(another);
      expect(said('GET', '/approvals', { origin: [origin] })).toEqual(another);
    }
    expect(said('POST', at, { ...post, 'sec-fetch-site': ['same-origin'] })).toBeUndefined();
    for (const site of ['same-site', 'cross-site', 'none', 'odd']) {
      expect(said('POST', at, { ...post, 'sec-fetch-site': [site] })).toEqual(another);
      expect(said('GET', '/approvals', { 'sec-fetch-site': [site] })).toEqual(site === 'odd' ? another : undefined);
    }
    expect(said('GET', '/approvals', { 'sec-fetch-site': ['same-origin'] })).toBeUndefined();
    const window = [403, 'This page opens in a window of its own only.'];
    expect(said('GET', '/approvals', { 'sec-fetch-dest': ['iframe'] })).toEqual(window);
    expect(said('GET', '/approvals', { 'sec-fetch-mode': ['cors'] })).toEqual(window);
    expect(
      said('GET', '/approvals', { 'sec-fetch-dest': ['document'], 'sec-fetch-mode': ['navigate'] }),
    ).toBeUndefined();
    expect(said('POST', at, { ...post, 'content-type': ['application/json'] })).toEqual([415, 'Only forms are taken.']);
    expect(said('POST', at, { ...post, 'content-length': ['4097'] })).toEqual([413, 'That is too long.']);
  });
});
