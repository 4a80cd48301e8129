// The wall as a table: for each of the three doors, every header right, each of them wrong in turn, and which of several faults is told (C11).
import { describe, expect, test } from 'vitest';
import { field, formOf, MAX_BODY, refusedBy } from '../../src/approvals/page-guard.ts';

const host = '127.0.0.1:8123';
const own = `http://${host}`;
const place = `/${'aB3_-xyz'.repeat(3).slice(0, 22)}`;
const form = 'application/x-www-form-urlencoded';

interface Request {
  method: string | undefined;
  url: string | undefined;
  headersDistinct: Record<string, string[] | undefined>;
}
const request = (method: string, url: string, headers: Record<string, string | undefined>): Request => ({
  method,
  url,
  headersDistinct: Object.fromEntries(
    Object.entries(headers).map(([name, of]) => [name, of === undefined ? of : [of]]),
  ),
});
const window = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

/** What a browser sends. */
const doors = {
  'the secret': request('POST', place, {
    host,
    origin: 'null',
    'sec-fetch-site': 'cross-site',
    ...window,
    'content-type': form,
    'content-length': '50',
  }),
  'the question': request('GET', place, { host, 'sec-fetch-site': 'same-origin', ...window }),
  'the answer': request('POST', `${place}/answer`, {
    host,
    origin: own,
    'sec-fetch-site': 'same-origin',
    ...window,
    'content-type': form,
    'content-length': '80',
  }),
};
type Door = keyof typeof doors;
const names = Object.keys(doors) as Door[];
const posts: Door[] = ['the secret', 'the answer'];

const says = {
  host: { status: 403, reason: 'This page answers at its own address only.' },
  method: { status: 405, reason: 'Only GET and POST are served.', allow: 'GET, POST' },
  page: { status: 403, reason: 'Another page sent this.' },
  window: { status: 403, reason: 'This page opens in a window of its own only.' },
  form: { status: 405, reason: 'An answer is given by a form.', allow: 'POST' },
  nothing: { status: 404, reason: 'There is nothing here.' },
  type: { status: 415, reason: 'Only forms are taken.' },
  long: { status: 413, reason: 'That is too long.' },
} as const;

const header = (name: string, ...values: string[]) => ({
  what: `${name}: ${values.join(' and ') || 'none'}`,
  change: (it: Request): Request => ({
    ...it,
    headersDistinct: { ...it.headersDistinct, [name]: values.length > 0 ? values : undefined },
  }),
});
const asked = (what: string, over: Partial<Request>) => ({
  what,
  change: (it: Request): Request => ({ ...it, ...over }),
});

interface Row {
  what: string;
  change(it: Request): Request;
  /** What is said at these doors; at the others the request passes. */
  said: keyof typeof says;
  at: readonly Door[];
}
const row = (said: keyof typeof says, at: readonly Door[], ...changes: ReturnType<typeof header>[]): Row[] =>
  changes.map(change => ({ ...change, said, at }));

/** In the order in which they are looked at. */
const rows: Row[] = [
  ...row(
    'host',
    names,
    header('host'),
    header('host', host, host),
    header('host', 'evil.test'),
    header('host', 'evil.test', host),
    header('host', `${host}.evil.test`),
    header('host', '127.0.0.1'),
    header('host', ''),
  ),
  ...row(
    'method',
    names,
    ...['PUT', 'HEAD', 'post', '', undefined].map(method => asked(`method ${method}`, { method })),
  ),
  ...row(
    'page',
    names,
    header('origin', 'https://evil.test'),
    header('origin', `${own}/`),
    header('origin', own.toUpperCase()),
    header('origin', ''),
    header('origin', 'null', 'null'),
    header('origin', own, own),
  ),
  ...row('page', ['the secret'], header('origin', own)),
  ...row('page', ['the question', 'the answer'], header('origin', 'null')),
  ...row('page', names, header('sec-fetch-site', 'same-site'), header('sec-fetch-site', 'none', 'none')),
  ...row('page', ['the secret'], header('sec-fetch-site', 'same-origin')),
  ...row('page', ['the question', 'the answer'], header('sec-fetch-site', 'cross-site')),
  ...row(
    'window',
    names,
    header('sec-fetch-dest', 'iframe'),
    header('sec-fetch-dest', 'empty'),
    header('sec-fetch-dest', 'document', 'document'),
    header('sec-fetch-mode', 'cors'),
    header('sec-fetch-mode', 'no-cors'),
    header('sec-fetch-mode', ''),
  ),
  ...row('form', ['the question'], asked('an answer by GET', { url: `${place}/answer` })),
  ...row(
    'nothing',
    ['the question'],
    ...[
      '/',
      '',
      undefined,
      place.slice(0, -1),
      `${place}x`,
      `${place}/`,
      `${place}?x`,
      `/x${place}`,
      `${place.slice(0, -1)}.`,
    ].map(url => asked(`GET ${url}`, { url })),
    ...[`${place}/answer/`, `/x${place}/answer`, `${place}x/answer`].map(url => asked(`GET ${url}`, { url })),
  ),
  ...row(
    'nothing',
    ['the answer'],
    ...[
      '/',
      '',
      undefined,
      `${place}/`,
      `${place}/answer/`,
      `${place}/answer?x=1`,
      `${place}x/answer`,
      `/x${place}/answer`,
    ].map(url => asked(`POST ${url}`, { url })),
  ),
  ...row('page', ['the answer'], header('origin')),
  ...row(
    'type',
    posts,
    header('content-type'),
    header('content-type', 'text/plain'),
    header('content-type', 'multipart/form-data; boundary=x'),
    header('content-type', 'application/json'),
    header('content-type', `text/plain; ${form}`),
    header('content-type', ''),
    header('content-type', form, form),
  ),
  ...row('long', posts, header('content-length', `${MAX_BODY + 1}`), header('content-length', '1e9')),
];

/** What may differ from what browsers send today. */
const harmless: { what: string; change(it: Request): Request; at: readonly Door[] }[] = [
  ...['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'content-length'].map(name => ({
    ...header(name),
    at: names,
  })),
  { ...header('sec-fetch-site', 'none'), at: names },
  { ...header('origin', own), at: ['the question', 'the answer'] },
  { ...header('origin'), at: ['the secret', 'the question'] },
  { ...header('content-type', `${form}; charset=utf-8`), at: names },
  { ...header('content-type', ` ${form.toUpperCase()} ;x`), at: names },
  { ...header('content-length', `${MAX_BODY}`), at: names },
  { ...header('content-length', '0'), at: names },
];

describe.each(names)('C11: %s', door => {
  const at = rows.filter(row => row.at.includes(door));

  test('is open to what a browser sends, with more or less around it', () => {
    expect(refusedBy(doors[door], host)).toBeUndefined();
    for (const { what, change } of harmless.filter(({ at }) => at.includes(door)))
      expect([what, refusedBy(change(doors[door]), host)]).toEqual([what, undefined]);
  });

  test(`is closed for any one thing that is wrong (${at.length})`, () => {
    for (const { what, change, said } of at)
      expect([what, refusedBy(change(doors[door]), host)]).toEqual([what, says[said]]);
  });
});

test('of several things that are wrong the first in this order is told', () => {
  const faults: [keyof typeof says, ReturnType<typeof header>][] = [
    ['host', header('host', 'evil.test')],
    ['method', asked('method', { method: 'PUT' })],
    ['page', header('origin', 'https://evil.test')],
    ['page', header('sec-fetch-site', 'same-site')],
    ['window', header('sec-fetch-dest', 'iframe')],
    ['nothing', asked('address', { url: '/' })],
    ['type', header('content-type', 'text/plain')],
    ['long', header('content-length', '1e9')],
  ];
  for (const [n, [said]] of faults.entries()) {
    const wrong = faults.slice(n).reduce((it, [, { change }]) => change(it), doors['the answer']);
    expect(refusedBy(wrong, host)).toEqual(says[said]);
  }
});

describe('a form', () => {
  const post = (body?: string) => new Request('http://x/', { method: 'POST', ...(body === undefined ? {} : { body }) });
  const chunks = (...sizes: number[]) =>
    new Request('http://x/', {
      method: 'POST',
      body: new ReadableStream({
        start(stream) {
          for (const size of sizes) stream.enqueue(new TextEncoder().encode('x'.repeat(size)));
          stream.close();
        },
      }),
      duplex: 'half',
    } as RequestInit);

  test('is read to the last byte that is allowed, however it comes, and no further', async () => {
    expect((await formOf(post('a=%C3%A9&b=1+2&a=')))?.toString()).toBe('a=%C3%A9&b=1+2&a=');
    expect((await formOf(post()))?.toString()).toBe('');
    expect(await formOf(post('x'.repeat(MAX_BODY)))).toBeDefined();
    expect(await formOf(post('x'.repeat(MAX_BODY + 1)))).toBeUndefined();
    expect((await formOf(chunks(1_000, 1_000)))?.toString()).toBe(`${'x'.repeat(2_000)}=`);
    expect(await formOf(chunks(MAX_BODY - 1, 1))).toBeDefined();
    expect(await formOf(chunks(MAX_BODY - 1, 1, 1))).toBeUndefined();
  });

  test('a character that is cut between two chunks stays whole', async () => {
    const [one, two] = [new Uint8Array([0x61, 0x3d, 0xc3]), new Uint8Array([0xa9])];
    const body = new ReadableStream({
      start(stream) {
        stream.enqueue(one);
        stream.enqueue(two);
        stream.close();
      },
    });
    const request = new Request('http://x/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect((await formOf(request))?.get('a')).toBe('é');
  });

  test('has a field where it is there exactly once', () => {
    const of = new URLSearchParams('a=1&b=1&b=1&c=');
    expect(['a', 'b', 'c', 'd'].map(name => field(of, name))).toEqual(['1', undefined, '', undefined]);
  });
});
