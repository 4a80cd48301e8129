// What the page answers where something is wrong with the request, with the store, or with the question: word for word, and never a yes.
import { describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { at, carrier, redeem, room, textOf, visit } from './page-visitor.ts';

const open = { state: 'open', channel: null };
const said = ({ status, text }: { status: number; text: string }) => ({
  status,
  text: textOf(text)
    .replace(/^.*Approval /, '')
    .trim(),
});
const refused = (reason: string) => `Refused ${reason} Nothing was approved.`;
const nothing = { status: 404, text: 'Nothing here There is no such page, or not for this browser.' };

describe.concurrent('a request that is not as it must be', () => {
  test('is told what was wrong, and that nothing was approved', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    const answers: [Promise<{ status: number; text: string }>, number, string][] = [
      [here.answer('maybe'), 400, 'That is no answer.'],
      [here.answer('approve', { csrf: 'wrong' }), 403, 'Another page sent this.'],
      [here.answer('approve', {}, { headers: { origin: 'null' } }), 403, 'Another page sent this.'],
      [
        here.answer('approve', {}, { headers: { host: 'evil.test' } }),
        403,
        'This page answers at its own address only.',
      ],
      [here.answer('approve', {}, { method: 'GET', body: '' }), 405, 'An answer is given by a form.'],
      [here.answer('approve', {}, { method: 'PUT' }), 405, 'Only GET and POST are served.'],
      [here.answer('approve', { more: 'x'.repeat(5_000) }), 413, 'That is too long.'],
      [here.answer('approve', {}, { headers: { 'content-type': 'text/plain' } }), 415, 'Only forms are taken.'],
      [at(here.to, { path: '/' }), 404, 'There is nothing here.'],
    ];
    for (const [answer, status, reason] of answers)
      expect(said(await answer)).toEqual({ status, text: refused(reason) });
    expect(await r.state(question.id)).toEqual(open);
  });

  test('that is too long ends its connection, and says which methods are served', async () => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    const long = { more: 'x'.repeat(5_000) };
    const chunked = { headers: { 'transfer-encoding': 'chunked' } };
    expect((await here.answer('approve', long)).headers.connection).toBe('close');
    expect(said(await here.answer('approve', long, chunked))).toEqual({
      status: 413,
      text: refused('That is too long.'),
    });
    expect((await here.answer('approve', {}, { method: 'PUT' })).headers.allow).toBe('GET, POST');
    expect((await here.answer('approve', {}, { method: 'GET', body: '' })).headers.allow).toBe('POST');
    expect((await here.answer('maybe')).headers).not.toHaveProperty('allow');
  });

  test('P4: a secret in too long a form opens nothing, and is not used up by it', async () => {
    await using r = await room();
    const to = carrier((await r.file()).file);
    const body = `secret=${to.secret}&more=${'x'.repeat(5_000)}`;
    expect(said(await redeem(to, { body, headers: { 'transfer-encoding': 'chunked' } }))).toEqual({
      status: 413,
      text: refused('That is too long.'),
    });
    expect((await redeem(to)).status).toBe(200);
    expect(said(await redeem(to))).toEqual({
      status: 410,
      text: 'Used This was opened already, in another window. It opens once only.',
    });
  });

  test('every answer is HTML with the same headers, and the question alone lets its form name its origin', async () => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    const bare = ({ headers }: { headers: object }) => {
      const {
        date: _,
        'content-length': __,
        connection: ___,
        'keep-alive': ____,
        ...rest
      } = headers as Record<string, string>;
      return rest;
    };
    const notice = bare(await here.answer('maybe'));
    expect({
      ...notice,
      'content-security-policy': notice['content-security-policy']?.replace(/sha256-[\w+/=]+/g, '…'),
    }).toMatchInlineSnapshot(`
      {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; style-src '…'; script-src '…'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        "content-type": "text/html; charset=utf-8",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      }
    `);
    expect(bare(await here.show())).toEqual({ ...notice, 'referrer-policy': 'same-origin' });
    expect(bare(await redeem(here.to))).toEqual(notice);
    expect(bare(await at(here.to, { path: '/' }))).toEqual(notice);
    expect(bare(await here.answer('reject'))).toEqual({ ...notice, location: `/${here.to.place}` });
    expect(bare(await here.answer('reject'))).toEqual(notice);
    expect(bare(await here.show())).toEqual(notice);
  });
});

describe.concurrent('a question or a store that is gone', () => {
  /** A store in front of which a test can stand. */
  const standing = () => {
    const store = sqliteStore(':memory:');
    const over: Partial<Store> = {};
    return {
      store: new Proxy(store, { get: (it, verb: keyof Store) => over[verb] ?? it[verb] }),
      over,
      close: () => store.close(),
    };
  };

  test('a question that the store does not have any more is nothing', async () => {
    const { store, over, close } = standing();
    await using r = await room({ store });
    const here = await visit((await r.file()).file);
    over.answer = async () => undefined;
    expect(said(await here.answer('approve'))).toEqual(nothing);
    over.question = async () => undefined;
    expect(said(await here.show())).toEqual(nothing);
    expect(said(await here.answer('approve'))).toEqual(nothing);
    expect(r.errors).toEqual([]);
    await close();
  });

  test('P13: a store that fails approves nothing; the page says so, and the failure is told', async () => {
    const { store, over, close } = standing();
    await using r = await room({ store });
    const { question, file } = await r.file();
    const here = await visit(file);
    const broken = new Error('disk on fire sk_live_1');
    over.answer = () => Promise.reject(broken);
    const answer = await here.answer('approve');
    expect(said(answer)).toEqual({
      status: 500,
      text: 'Not now Something in this server broke. Nothing was approved.',
    });
    expect(answer.text).not.toContain('sk_live');
    expect(r.errors).toEqual([broken]);
    delete over.answer;
    expect(await r.state(question.id)).toEqual(open);
    expect((await here.answer('approve')).status).toBe(303);
    await close();
  });
});
