// What the audit says of each step of a write, field by field: what docs/audit.md promises its readers.
import { expect, test } from 'vitest';
import {
  entryOf,
  headText,
  intentOpened,
  intentSettled,
  longest,
  type Note,
  questionAnswered,
  questionAsked,
} from '../../src/ledger/entries.ts';
import { intent, opening, question, T } from '../store/rows.ts';

const who = { principal: 'local', client: 'test', connection: 'main', tool: 'scrip_trigger_automation' };

test('a question, and the one it replaces', () => {
  const row = question({ id: 'q', quote: '{"low":1}' });
  const body = {
    id: 'q',
    call: 'call',
    digest: 'digest',
    target_version: 'v1',
    policy_version: 'p1',
    verdict: 'ask',
    approver: 'anyone',
    rule: 'defaults',
    quote: { low: 1 },
    shown: row.shown,
    expires_at: T + 120_000,
  };
  expect(questionAsked(row)).toEqual({ ...who, kind: 'question', body });
  expect(questionAsked(row).body).not.toHaveProperty('replaces');
  expect(questionAsked(row, 'earlier').body).toEqual({ ...body, replaces: 'earlier' });
});

test('an answer', () => {
  const row = question({ id: 'q', state: 'approved', channel: 'page', decided_by: 'bo', usable_until: T });
  expect(questionAnswered(row)).toEqual({
    ...who,
    kind: 'answer',
    body: { id: 'q', call: 'call', state: 'approved', channel: 'page', decided_by: 'bo', usable_until: T },
  });
});

test('an intent, and the unsettled one that a person let it pass', () => {
  const row = intent({ id: 'i', approval_id: 'q', credits: 4, calls: 1, people: 9 });
  const body = {
    id: 'i',
    call: 'call',
    effect: 'run',
    target: 'a1',
    arguments: { automation_id: 'a1' },
    request: { method: 'POST' },
    approval_id: 'q',
    rule: row.rule,
    quote: { low: 1, high: 2 },
    credits: 4,
    calls: 1,
    people: 9,
    created_at: T,
    deadline_at: T + 30_000,
  };
  expect(intentOpened(opening({}), { opened: row })).toEqual({ ...who, kind: 'intent', body });
  expect(intentOpened(opening({}), { opened: row }).body).not.toHaveProperty('passes');
  expect(intentOpened(opening({}, { passes: 'earlier' }), { opened: row }).body).toEqual({
    ...body,
    passes: 'earlier',
  });
});

test('why there is no intent: what stands in the way, or what would be exceeded', () => {
  const wish = opening({ credits: 4, calls: 1, people: 9 });
  const body = { call: 'call', rule: wish.intent.rule, credits: 4, calls: 1, people: 9 };
  const limit = { name: 'day', unit: 'credits', most: 5, since: 0, where: {} } as const;
  expect(intentOpened(wish, { refused: 'clock' })).toEqual({
    ...who,
    kind: 'intent',
    body: { ...body, refused: 'clock' },
  });
  expect(Object.keys(intentOpened(wish, { refused: 'clock' }).body)).not.toEqual(expect.arrayContaining(['by']));
  expect(intentOpened(wish, { refused: 'busy', intent: intent({ id: 'other' }) }).body).toEqual({
    ...body,
    refused: 'busy',
    by: 'other',
  });
  expect(intentOpened(wish, { refused: 'budget', limit, used: 3 }).body).toEqual({
    ...body,
    refused: 'budget',
    limit: { name: 'day', unit: 'credits', most: 5, used: 3 },
  });
});

test('a receipt, also of an intent that never got one', () => {
  const row = intent({ outcome: 'done', credits: 4, calls: 1, people: 9, settled_at: T, receipt: '{"status":200}' });
  const body = { outcome: 'done', credits: 4, calls: 1, people: 9, settled_at: T, receipt: { status: 200 } };
  expect(intentSettled(row)).toEqual({ ...who, kind: 'receipt', body });
  expect(intentSettled({ ...row, receipt: null }).body).toEqual({ ...body, receipt: null });
});

test('an entry names who, and what there is nothing of is null', () => {
  const note: Note = { ...who, kind: 'refused', body: { outcome: 'denied', code: 'x', reason: 'no' } };
  const json = (value: unknown) => JSON.stringify(value);
  const entry = { at: 7, ...who, kind: 'refused', intent_id: null, body: json(note.body) };
  expect(entryOf(note, 7, json)).toEqual(entry);
  expect(entryOf(note, 7, json, 'i')).toEqual({ ...entry, intent_id: 'i' });
  for (const none of [undefined, null])
    expect(entryOf({ ...note, connection: none, tool: none } as Note, 7, json)).toEqual({
      ...entry,
      connection: null,
      tool: null,
    });
  const odd = `a\0b\ud800${'x'.repeat(2_000)}`;
  for (const column of ['principal', 'client', 'connection', 'tool'] as const)
    expect(entryOf({ ...note, [column]: odd }, 7, json)[column]).toBe(`ab\ufffd${'x'.repeat(997)}`);
});

test('a body that is too long loses its largest members first, and no more of them than it must; a decision loses none', () => {
  const json = (value: unknown) => JSON.stringify(value);
  const of = (body: object, kind = 'read'): Record<string, unknown> =>
    JSON.parse(entryOf({ ...who, kind, body } as Note, 7, json).body);
  const exactly = { outcome: 'done', text: 'x'.repeat(longest - json({ outcome: 'done', text: '' }).length) };
  expect(of(exactly)).toEqual(exactly);
  const cut = (length: number) => ({ cut: length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(of({ ...exactly, text: `${exactly.text}x` })).toEqual({ outcome: 'done', text: cut(exactly.text.length + 3) });
  expect(of({ a: 'a'.repeat(10_000), b: 'b'.repeat(30_000), c: 'c'.repeat(20_000) })).toEqual({
    a: 'a'.repeat(10_000),
    b: cut(30_002),
    c: 'c'.repeat(20_000),
  });
  for (const kind of ['decision', 'policy'])
    expect(of({ a: 'a'.repeat(longest) }, kind)).toEqual({ a: 'a'.repeat(longest) });
});

test('the end of the chain is its number and how its hash begins', () => {
  expect(headText({ seq: 1_842, hash: '0123456789abcdef'.repeat(4) })).toBe('1842.0123456789abcdef');
});
