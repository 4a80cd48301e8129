// The judge of opening, all of it: every clock, yes, earlier intent, neighbour and limit, and the order in which it refuses (P1, P8, P13, P14).
import { describe, expect, test } from 'vitest';
import { clockFailure, clockMargin, type Found, refusal } from '../../src/store/refusal.ts';
import type { IntentRow, Limit, Opening, QuestionRow } from '../../src/store/store.ts';
import { intent, opening, question, T } from './rows.ts';

const nothing: Found = {
  stop: undefined,
  newest: null,
  question: undefined,
  consumer: undefined,
  unsettled: [],
  lastDone: undefined,
  underWay: [],
  used: [],
};
/** What is refused and by whom; the call is made at `at`. */
const judged = (found: Partial<Found>, more: Partial<Opening> = {}, of: Partial<IntentRow> = {}) =>
  refusal(opening(of, more), { ...nothing, ...found });

/** Every combination of one value for each name. */
function combinations<T extends Record<string, readonly unknown[]>>(of: T): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(of).reduce<Record<string, unknown>[]>(
    (rows, [name, values]) => rows.flatMap(row => values.map(value => ({ ...row, [name]: value }))),
    [{}],
  ) as { [K in keyof T]: T[K][number] }[];
}

test('with nothing there, nothing stands in the way', () => {
  expect(judged({})).toBeUndefined();
});

test('the operator’s stop comes before everything else, stopping and a wrong clock included, whatever its words', () => {
  for (const reason of ['', 'fire drill']) {
    const stopped = { refused: 'stopped', reason };
    expect(judged({ stop: reason })).toEqual(stopped);
    expect(judged({ stop: reason, newest: T + 86_400_000 }, { stops: true })).toEqual(stopped);
    expect(judged({ stop: reason, lastDone: intent({ outcome: 'done', settled_at: T }) })).toEqual(stopped);
  }
});

describe('P13: the clock', () => {
  test.each([
    [null, undefined],
    [T - 1, undefined],
    [T, undefined],
    [T + clockMargin, undefined],
    [T + clockMargin + 1, { refused: 'clock' }],
    [T + 86_400_000, { refused: 'clock' }],
  ])('newest record %s: %j', (newest, refused) => {
    expect(judged({ newest })).toEqual(refused);
  });

  test('may differ by a minute between machines, and the failure says what to do', () => {
    expect(clockMargin).toBe(60_000);
    const { outcome, code, message, details } = clockFailure();
    expect({ outcome, code, message, details }).toEqual({
      outcome: 'not_sent',
      code: 'unavailable',
      message: "This machine's clock stands before what is already recorded; nothing was sent.",
      details: { next: 'Set the clock right, then call again.' },
    });
  });
});

describe('P1: an earlier intent of the same call', () => {
  const deadline = T + 30_000;
  const window = 600_000;
  const rows = combinations({
    outcome: [null, 'unknown', 'pending', 'rejected', 'not_sent', 'done'],
    now: [T, deadline - 1, deadline, deadline + window - 1, deadline + window, deadline * 2],
    stops: [false, true],
    passes: [undefined, 'it', 'another'],
    done_answers_for: [0, 120_000],
    settled_at: [null, T - 120_000 + 1, T - 120_000, deadline],
    /** A store may find one in either place, while it settles. */
    found: ['unsettled', 'lastDone'],
  } as const);

  /** Design section 7, sentence by sentence. */
  function isTheAnswer({ outcome, now, stops, passes, done_answers_for, settled_at }: (typeof rows)[number]): boolean {
    const settled = outcome === 'rejected' || outcome === 'not_sent';
    if (settled) return false;
    if (outcome === 'pending') return true;
    if (outcome === 'done') return done_answers_for > 0 && settled_at !== null && now - settled_at < done_answers_for;
    if (outcome === null && now < deadline) return true;
    if (stops || passes === 'it') return false;
    return now - deadline < window;
  }

  test(`answers for the call, or lets it through (${rows.length})`, () => {
    const wrong = rows.filter(row => {
      const { outcome, now, stops, passes, done_answers_for, settled_at, found } = row;
      const earlier = intent({ id: 'it', outcome, settled_at, deadline_at: deadline });
      const said = judged(
        found === 'unsettled' ? { unsettled: [earlier] } : { lastDone: earlier },
        { stops, done_answers_for, ...(passes ? { passes } : {}) },
        { created_at: now },
      );
      const expected = isTheAnswer(row) ? { refused: 'same', intent: earlier } : undefined;
      return JSON.stringify(said) !== JSON.stringify(expected);
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('that was done at no known time answers for nothing', () => {
    const lastDone = intent({ outcome: 'done', settled_at: null });
    expect(judged({ lastDone }, { done_answers_for: Number.MAX_SAFE_INTEGER })).toBeUndefined();
  });

  test('is the newest that answers; one that was passed hides none behind it', () => {
    const [newer, older, done] = [
      intent({ id: 'newer', outcome: 'unknown' }),
      intent({ id: 'older', outcome: 'unknown' }),
      intent({ id: 'done', outcome: 'done', settled_at: T }),
    ];
    const of = (unsettled: IntentRow[], passes?: string) =>
      judged({ unsettled, lastDone: done }, { done_answers_for: 1_000, ...(passes ? { passes } : {}) });
    expect(of([newer, older])).toEqual({ refused: 'same', intent: newer });
    expect(of([newer, older], 'newer')).toEqual({ refused: 'same', intent: older });
    expect(of([newer], 'newer')).toEqual({ refused: 'same', intent: done });
  });
});

describe('P8: another write to the same automation', () => {
  const other = (of: Partial<IntentRow> = {}) => intent({ id: 'other', call: 'another', ...of });
  const rows = combinations({
    outcome: [null, 'unknown', 'pending', 'rejected', 'not_sent', 'done'],
    now: [T, T + 29_999, T + 30_000],
    stops: [false, true],
  } as const);

  test(`is waited for while it is in flight, and by what stops never (${rows.length})`, () => {
    const wrong = rows.filter(({ outcome, now, stops }) => {
      const row = other({ outcome });
      const said = judged({ underWay: [row] }, { stops }, { created_at: now });
      const expected = outcome === null && now < T + 30_000 && !stops ? { refused: 'busy', intent: row } : undefined;
      return JSON.stringify(said) !== JSON.stringify(expected);
    });
    expect(wrong).toEqual([]);
  });

  test('is named: the newest that is still in flight', () => {
    const [over, under] = [other({ id: 'over', deadline_at: T }), other({ id: 'under' })];
    expect(judged({ underWay: [over, under] })).toEqual({ refused: 'busy', intent: under });
  });
});

describe('P1 P4: the yes', () => {
  const approval = { id: 'q', digest: 'digest' };
  const asked = (of: Partial<QuestionRow>) => question({ id: 'q', ...of });
  const rows = combinations({
    there: [true, false],
    state: ['open', 'approved', 'rejected', 'consumed'],
    digest: ['digest', 'moved on'],
    call: ['call', 'another call'],
    usable_until: [null, T - 1, T, T + 1],
    consumer: [true, false],
    approver: ['anyone', 'another'],
    decided_by: [null, 'local', 'bo'],
  } as const);

  test(`counts where it was said, to exactly this, in time and by whom it must; one that was used answers with what it led to (${rows.length})`, () => {
    const first = intent({ id: 'first', call: 'call' });
    const wrong = rows.filter(({ there, state, digest, call, usable_until, consumer, approver, decided_by }) => {
      const found = {
        question: there ? asked({ state, digest, call, usable_until, approver, decided_by }) : undefined,
        consumer: consumer ? first : undefined,
      };
      const mine = there && call === 'call';
      const theirs = approver === 'anyone' || decided_by === 'bo';
      const inTime = usable_until !== null && usable_until > T;
      const usable = mine && state === 'approved' && digest === 'digest' && inTime && theirs;
      const used = mine && state === 'consumed' && consumer;
      const expected = used ? { refused: 'consumed', intent: first } : usable ? undefined : { refused: 'approval' };
      return JSON.stringify(judged(found, { approval })) !== JSON.stringify(expected);
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('is not needed where none is named', () => {
    expect(judged({ question: asked({ state: 'rejected' }) })).toBeUndefined();
  });
});

describe('P14: a limit', () => {
  const units = ['credits', 'calls', 'people'] as const;
  const limit = (unit: Limit['unit'], most: number, name = `${unit} ${most}`): Limit => ({
    name,
    unit,
    most,
    since: 0,
    where: {},
  });

  test.each(units)('on %s: to the last, and not one more; what counts for nothing exceeds nothing', unit => {
    const of = (mine: number, used: number | undefined, most = 10) =>
      judged(
        { used: used === undefined ? [] : [used] },
        { limits: [limit(unit, most)] },
        { credits: 7, calls: 7, people: 7, [unit]: mine },
      );
    const refused = (used: number) => ({ refused: 'budget', limit: limit(unit, 10), used });
    expect(of(3, 7)).toBeUndefined();
    expect(of(3, 7.5)).toEqual(refused(7.5));
    expect(of(3, 8)).toEqual(refused(8));
    expect(of(1, 10)).toEqual(refused(10));
    expect(of(0, 10)).toBeUndefined();
    expect(of(0, 1_000)).toBeUndefined();
    expect(of(11, 0)).toEqual(refused(0));
    expect(of(1, 0, 0)).toMatchObject({ refused: 'budget' });
  });

  test('P13: what is no number, or was not counted, is too much', () => {
    const of = (mine: number, used: number[], most = 10) =>
      judged({ used }, { limits: [limit('credits', most)] }, { credits: mine });
    expect(of(1, [Number.NaN])).toMatchObject({ refused: 'budget' });
    expect(of(Number.NaN, [0])).toMatchObject({ refused: 'budget' });
    expect(of(1, [0], Number.NaN)).toMatchObject({ refused: 'budget' });
    expect(of(1, [])).toEqual({ refused: 'budget', limit: limit('credits', 10), used: Number.POSITIVE_INFINITY });
  });

  test('is judged by its own number, and the first that is exceeded is named', () => {
    const limits = [limit('credits', 10), limit('calls', 2), limit('calls', 1), limit('people', 5)];
    const of = (used: number[]) => judged({ used }, { limits }, { credits: 1, calls: 1, people: 1 });
    expect(of([9, 1, 0, 4])).toBeUndefined();
    expect(of([9, 2, 1, 5])).toEqual({ refused: 'budget', limit: limits[1], used: 2 });
    expect(of([9, 1, 1, 5])).toEqual({ refused: 'budget', limit: limits[2], used: 1 });
    expect(of([9, 1, 0, 5])).toEqual({ refused: 'budget', limit: limits[3], used: 5 });
  });
});

test('the order: clock, used yes, same call, busy automation, yes, limit', () => {
  const limits: Limit[] = [{ name: 'a', unit: 'credits', most: 0, since: 0, where: {} }];
  const approval = { id: 'q', digest: 'digest' };
  const used = { question: question({ id: 'q', state: 'consumed' }), consumer: intent() };
  const steps: [string, Partial<Found>][] = [
    ['clock', { newest: T + 86_400_000 }],
    ['consumed', used],
    ['same', { unsettled: [intent()] }],
    ['busy', { underWay: [intent({ call: 'another' })] }],
    ['approval', { question: question({ id: 'q', state: 'rejected' }) }],
    ['budget', { used: [1] }],
  ];
  const good = { question: question({ id: 'q', state: 'approved', usable_until: T + 1 }), used: [1] };
  for (const [at, [refused]] of steps.entries()) {
    // Everything from this step on is in the way; a step's question hides the later ones'.
    const found = Object.assign(
      {},
      good,
      ...steps
        .slice(at)
        .toReversed()
        .map(([, found]) => found),
    ) as Found;
    expect(judged(found, { approval, limits }, { credits: 1 })?.refused).toBe(refused);
  }
});
