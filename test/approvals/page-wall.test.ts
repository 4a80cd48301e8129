// The wall around the approval page: which requests get in at all, and that no other site’s does.
import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { at, type Carrier, carrier, fromPage, type Post, redeem, room, visit } from './page-visitor.ts';

const _there = async (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
const open = { state: 'open', channel: null };

describe.concurrent('C11: the wall', () => {
  const doors: [string, (to: Carrier, cookie: string) => Post & { path: string }][] = [
    ['the question', (to, cookie) => ({ path: `/${to.place}`, headers: { cookie } })],
    [
      'the answer',
      (to, cookie) => ({ method: 'POST', path: `/${to.place}/answer`, headers: { ...fromPage(to), cookie } }),
    ],
    ['nothing', () => ({ path: '/' })],
  ];

  test.each(doors)('P12: a foreign Host gets nowhere near %s', async (_, door) => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    const { headers, ...rest } = door(here.to, here.cookie);
    const port = here.to.port;
    for (const host of [
      'evil.test',
      `evil.test:${port}`,
      `localhost:${port}`,
      `[::1]:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `127.0.0.1.evil.test:${port}`,
    ])
      expect([host, (await at(here.to, { ...rest, headers: { ...headers, host } })).status]).toEqual([host, 403]);
  });

  test('the file’s post comes from a file: from no page, this one included', async () => {
    await using r = await room();
    const to = carrier((await r.file()).file);
    for (const headers of [
      { host: `evil.test:${to.port}` },
      { origin: 'https://evil.test' },
      { origin: to.origin },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
      { 'sec-fetch-mode': 'no-cors' },
    ])
      expect([headers, (await redeem(to, { headers })).status]).toEqual([headers, 403]);
    expect(
      (
        await redeem(to, {
          headers: {
            'sec-fetch-site': undefined,
            'sec-fetch-mode': undefined,
            'sec-fetch-dest': undefined,
            origin: undefined,
          },
        })
      ).status,
    ).toBe(200);
  });

  test('an answer comes from this very page', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    for (const headers of [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: undefined },
      { origin: here.to.origin.replace('127.0.0.1', 'localhost') },
      { origin: `http://127.0.0.1:${here.to.port + 1}` },
      { origin: here.to.origin.replace('http:', 'https:') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' },
    ])
      expect([headers, (await here.answer('approve', {}, { headers })).status]).toEqual([headers, 403]);
    expect(await r.state(question.id)).toEqual(open);
    const old = { 'sec-fetch-site': undefined, 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined };
    expect((await here.answer('approve', {}, { headers: old })).status).toBe(303);
  });

  test('the question is shown in a window, to nobody’s frame or script', async () => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-mode': 'cors' },
      { origin: 'https://evil.test' },
    ])
      expect([headers, (await here.show({ headers })).status]).toEqual([headers, 403]);
  });

  test('answers are given by posting a small form, and by nothing else', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    const query = `csrf=${here.csrf}&answer=approve`;
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const said = await here.answer('approve', {}, {
        method,
        path: `/${here.to.place}/answer?${query}`,
        body: undefined,
      } as Post);
      expect([method, said.status >= 400, said.headers['access-control-allow-origin']]).toEqual([
        method,
        true,
        undefined,
      ]);
    }
    expect((await here.answer('approve', {}, { method: 'GET', body: '' })).status).toBe(405);
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', undefined])
      expect((await here.answer('approve', {}, { headers: { 'content-type': type } })).status).toBe(415);
    for (const path of [
      '/',
      `/${here.to.place}/`,
      `/${here.to.place}/answer/`,
      `/${here.to.place}/../${here.to.place}/answer`,
      `//${here.to.place}/answer`,
    ])
      expect((await here.answer('approve', {}, { path })).status).toBe(404);
    const long = `${query}&more=${'x'.repeat(5_000)}`;
    expect((await here.answer('approve', {}, { body: long })).status).toBe(413);
    expect((await here.answer('approve', {}, { body: long, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(
      413,
    );
    expect(await r.state(question.id)).toEqual(open);
  });

  test('every answer, refusals included, carries the whole policy, and no door for other sites', async () => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    const answers = [
      await here.show(),
      await here.answer('maybe'),
      await here.answer('approve', {}, { headers: { origin: 'null' } }),
      await redeem(here.to),
      await at(here.to, { path: '/' }),
      await here.answer('approve'),
      await here.show(),
    ];
    for (const { headers, text } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'referrer-policy': text.includes('name="csrf"') ? 'same-origin' : 'no-referrer',
      });
      const policy = String(headers['content-security-policy']);
      for (const part of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        expect(policy).toContain(part);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([]);
    }
  });
});
