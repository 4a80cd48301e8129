// The audit as it is kept: an entry for every verb, in its transaction, and a notebook that no write waits for and no failure empties.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { type Audited, type Auditor, audited } from '../../src/ledger/audit.ts';
import { longest, type Note } from '../../src/ledger/entries.ts';
import { jsonRedactor, redactor } from '../../src/redact.ts';
import { chained, genesis } from '../../src/store/chain.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { approved, entry, no, opened, opening, question, receipt, T, yes } from '../store/rows.ts';

const secret = 'not-to-be-seen-"1234\n';
const us = { principal: 'local', client: 'test', connection: 'main', tool: 'scrip_get_automation' };
const read = (of: object = {}): Note => ({ ...us, kind: 'read', body: { outcome: 'done', arguments: of } });
const policy = { version: 'v1', program: '1.0.0', policy: { settings: {} } };

let inner: Store;
let broken: Error | undefined;
let errors: unknown[];
let on: Audited;
const auditor = (of: Partial<Auditor> = {}): Auditor => ({
  json: jsonRedactor(redactor([secret])),
  now: () => T,
  onerror: error => errors.push(error),
  ...of,
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  broken = undefined;
  errors = [];
  const file = sqliteStore(':memory:');
  inner = {
    ...file,
    append: async (entries, soon) => {
      if (broken) throw broken;
      return file.append(entries, soon);
    },
  };
  on = audited(inner, auditor());
});
afterEach(async () => {
  vi.useRealTimers();
  await inner.close();
});

const rows = () => inner.audit(0, 100_000);
const kinds = async () => (await rows()).map(({ kind }) => kind);
// biome-ignore lint/suspicious/noExplicitAny: looked at field by field
const bodies = async (): Promise<any[]> => (await rows()).map(({ body }) => JSON.parse(body));

describe('verbs', () => {
  test('each write their entry, and only where they changed something', async () => {
    const { question: asked } = await on.store.ask(question());
    await on.store.ask(question());
    await on.store.answer(asked.id, yes(T));
    await on.store.answer(asked.id, no(T));
    const approval = { id: asked.id, digest: asked.digest };
    const row = opened(await on.store.open(opening({}, { approval })));
    await on.store.open(opening({ created_at: T + 1 }, { approval }));
    await on.store.settle(row?.id ?? '', { ...receipt('done', T), credits: 7 });
    await on.store.settle(row?.id ?? '', receipt('done', T));
    expect(await kinds()).toEqual(['question', 'answer', 'intent', 'intent', 'receipt']);
    expect((await rows()).map(({ intent_id }) => intent_id)).toEqual([null, null, row?.id, null, row?.id]);
    expect(await bodies()).toMatchObject([
      { id: asked.id, call: 'call', shown: asked.shown, quote: { low: 1, high: 2 }, rule: 'defaults' },
      { id: asked.id, state: 'approved', channel: 'terminal' },
      { id: row?.id, call: 'call', request: { method: 'POST' }, approval_id: asked.id, credits: 2, people: 0 },
      { call: 'call', refused: 'consumed', by: row?.id },
      { outcome: 'done', credits: 7, people: 0, receipt: { outcome: 'done' } },
    ]);
    expect(on.store.head()?.seq).toBe(5);
  });

  test('say which ceiling stood in the way', async () => {
    const limits = [{ name: 'a day', unit: 'calls', most: 0, since: 0, where: {} }] as const;
    await on.store.open(opening({}, { limits }));
    expect(await bodies()).toMatchObject([
      { refused: 'budget', limit: { name: 'a day', unit: 'calls', most: 0, used: 0 } },
    ]);
  });

  test('P13: change nothing where their entry cannot be written', async () => {
    const poison = entry({ body: 'a\0b' });
    const torn = audited(
      { ...inner, open: (of, audit) => inner.open(of, result => [...(audit?.(result) ?? []), poison]) },
      auditor(),
    );
    torn.note(read());
    await expect(torn.store.open(opening())).rejects.toBeInstanceOf(Failure);
    expect(await inner.intents({})).toEqual([]);
    expect(await rows()).toEqual([]);
    // What waited is not lost with it.
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['read']);
    await expect(torn.store.open(opening())).rejects.toBeInstanceOf(Failure);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await kinds()).toEqual(['read']);
  });

  test('P13: that fail before anything is written leave the notebook as it is', async () => {
    const failing = new Failure('not_sent', 'unavailable', 'no room');
    const torn = audited({ ...inner, ask: () => Promise.reject(failing) }, auditor());
    torn.note(read());
    await expect(torn.store.ask(question())).rejects.toBe(failing);
    expect(await rows()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['read']);
  });
});

describe('the notebook', () => {
  test('is written within a second, in order, without anybody waiting', async () => {
    for (let n = 0; n < 3; n++) on.note(read({ n }));
    await vi.advanceTimersByTimeAsync(999);
    expect(await rows()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect((await bodies()).map(({ arguments: { n } }) => n)).toEqual([0, 1, 2]);
  });

  test('goes with the next write, before it, in its transaction', async () => {
    on.note(read());
    await on.store.ask(question());
    expect(await kinds()).toEqual(['read', 'question']);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await kinds()).toEqual(['read', 'question']);
  });

  test('is written at once when it is long, and waits for the disk within the second', async () => {
    const append = vi.spyOn(inner, 'append');
    on = audited(inner, auditor());
    const took = () => append.mock.calls.map(([entries, soon]) => [entries.length, soon]);
    for (let n = 0; n < 199; n++) on.note(read({ n }));
    await vi.advanceTimersByTimeAsync(0);
    expect(took()).toEqual([]);
    on.note(read({ n: 199 }));
    on.note(read({ n: 200 }));
    await vi.advanceTimersByTimeAsync(0);
    // The newest is left for the write that is waited for, so that there always is one.
    expect(took()).toEqual([[200, true]]);
    await vi.advanceTimersByTimeAsync(999);
    expect(took()).toEqual([[200, true]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(took().slice(1)).toEqual([[1, undefined]]);
    expect((await bodies()).map(({ arguments: { n } }) => n)).toEqual(Array.from({ length: 201 }, (_, n) => n));
  });

  test('that is long is not written at once while the store cannot be used, and not after the end', async () => {
    const append = vi.spyOn(inner, 'append');
    on = audited({ ...inner, close: async () => {} }, auditor());
    broken = new Failure('not_sent', 'unavailable', 'no room');
    for (let n = 0; n < 200; n++) on.note(read({ n }));
    await vi.advanceTimersByTimeAsync(0);
    expect(append).toHaveBeenCalledTimes(1);
    for (let n = 200; n < 400; n++) on.note(read({ n }));
    await vi.advanceTimersByTimeAsync(0);
    expect(append).toHaveBeenCalledTimes(1);
    broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await bodies()).map(({ arguments: { n } }) => n)).toEqual(Array.from({ length: 400 }, (_, n) => n));
    for (let n = 0; n < 200; n++) on.note(read());
    await on.store.close();
    append.mockClear();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(append).not.toHaveBeenCalled();
  });

  test('is written at the end', async () => {
    on.note(read());
    await vi.advanceTimersByTimeAsync(1_000);
    const left: string[] = [];
    const closing = audited({ ...inner, close: async () => void left.push(...(await kinds())) }, auditor());
    closing.note(read());
    await closing.store.close();
    expect(left).toHaveLength(2);
  });

  test('begins with the policy, once, before the first decision', async () => {
    on = audited(inner, auditor({ policy }));
    on.note({ ...us, kind: 'refused', body: { outcome: 'not_sent', code: 'invalid_input', reason: 'no' } });
    on.note(read());
    on.note(read());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['refused', 'policy', 'read', 'read']);
    expect((await bodies())[1]).toEqual(policy);
    expect((await rows())[1]).toMatchObject({ principal: '', client: '', connection: null, tool: null });
  });

  test('begins with the policy also where a decision is first', async () => {
    on = audited(inner, auditor({ policy }));
    const verdict = { verdict: 'allow', rule: 'defaults', reason: 'r' } as const;
    on.note({ ...us, kind: 'decision', body: { policy: 'v1', facts: {}, verdict } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['policy', 'decision']);
  });

  test('of which nothing was written touches nothing, not even at the end', async () => {
    const append = vi.fn(inner.append);
    const quiet = audited({ ...inner, append, close: async () => {} }, auditor({ policy }));
    await quiet.store.close();
    expect(append).not.toHaveBeenCalled();
  });

  test('waits while the store cannot be used, says so once, and is written when it can', async () => {
    broken = new Failure('not_sent', 'unavailable', 'no room');
    on.note(read({ n: 1 }));
    await vi.advanceTimersByTimeAsync(3_000);
    on.note(read({ n: 2 }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(errors).toEqual([broken]);
    broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await bodies()).map(({ arguments: { n } }) => n)).toEqual([1, 2]);
    // Broken once more, it says so once more.
    broken = new Failure('not_sent', 'unavailable', 'no room again');
    on.note(read({ n: 3 }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(errors.slice(1)).toEqual([broken]);
  });

  test('breaks nothing where nobody is there to be told', async () => {
    on = audited(inner, { json: jsonRedactor(redactor([])), now: () => T });
    broken = new Failure('not_sent', 'unavailable', 'no room');
    on.note(read());
    await vi.advanceTimersByTimeAsync(1_000);
    broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['read']);
  });

  test('that grows too long is dropped, counted, and begins with the policy again', async () => {
    on = audited(inner, auditor({ policy }));
    broken = new Failure('not_sent', 'unavailable', 'no room');
    for (let n = 0; n < 5_001; n++) on.note(read());
    await vi.advanceTimersByTimeAsync(1_000);
    broken = undefined;
    on.note(read());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await kinds()).toEqual(['lost', 'policy', 'read']);
    expect((await bodies())[0]).toEqual({ entries: 5_002 });
  });

  test.each([
    [5_000, 0, 5_000],
    [5_001, 0, 1],
    [260, 30_000, 260],
    [280, 30_000, 1],
  ])('of %d entries of %d characters, %d are written when the store can be used again', async (many, size, written) => {
    broken = new Failure('not_sent', 'unavailable', 'no room');
    const text = 'x'.repeat(size);
    for (let n = 0; n < many; n++) on.note(read({ text }));
    await vi.advanceTimersByTimeAsync(1_000);
    broken = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await rows()).toHaveLength(written);
    if (written === 1) expect(await bodies()).toEqual([{ entries: many }]);
  });

  test('does not hold the process', () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter(name => name === 'Timeout').length;
    on.note(read());
    expect(process.getActiveResourcesInfo().filter(name => name === 'Timeout')).toHaveLength(before);
  });
});

describe('an entry', () => {
  test('holds no secret, in whatever form, and stays JSON', async () => {
    const hex = Buffer.from(secret).toString('hex');
    on.note(read({ [secret]: [secret, hex, JSON.stringify({ secret })], key: '\ntp_live_abcdefgh1234' }));
    await on.store.ask(question({ shown: `Fire ${secret}`, quote: JSON.stringify({ secret }) }));
    const text = (await rows()).map(({ body }) => body).join('\n');
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), hex, 'tp_live_']) expect(text).not.toContain(form);
    expect(text.match(/\[secret\]/g)?.length).toBeGreaterThan(5);
    expect(await bodies()).toHaveLength(2);
  });

  test('is bounded: its largest members are replaced by length and digest', async () => {
    on.note({ ...us, kind: 'read', body: { outcome: 'done', arguments: { text: 'x'.repeat(longest) } } });
    await vi.advanceTimersByTimeAsync(1_000);
    const [row] = await rows();
    expect(row?.body.length).toBeLessThan(200);
    expect(JSON.parse(row?.body ?? '')).toEqual({
      outcome: 'done',
      arguments: { cut: longest + 11, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test('can be read back as it was hashed, whatever a client calls itself', async () => {
    for (const client of ['\ud800', 'a\0b', '\udfff\ud83d', 'ok 😀'])
      on.note({ ...read(), client, tool: client, connection: client, principal: client } as Note);
    await approved(on.store);
    const back = await rows();
    expect(back).toHaveLength(6);
    expect(back).toEqual(chained(genesis, back));
  });
});
