// The table of design section 5.7, all of it: effect, price, limits, people, earlier attempts and checks, each value with each other.
import { describe, expect, test } from 'vitest';
import { decide, type Facts, type Verdict } from '../../src/policy/policy.ts';
import { type Effect, effects } from '../../src/tool.ts';
import { check, facts, LIMITS, quoteOf, settings } from './facts.ts';

const base: Record<Effect, Verdict['verdict']> = {
  read: 'allow',
  create: 'allow',
  update: 'allow',
  arm: 'ask',
  run: 'ask',
  delete: 'ask',
};
const around = (limit: number): number[] => [0, limit - 1, limit, limit + 1, Number.MAX_SAFE_INTEGER, Infinity];

interface Row {
  effect: Effect;
  unknown: string[];
  high: number;
  people: number | undefined;
  unsettled: boolean;
  checks: boolean[];
}

const rows: Row[] = effects.flatMap(effect =>
  [[], ['an action type that is not known']].flatMap(unknown =>
    around(LIMITS.credits).flatMap(high =>
      [undefined, ...around(LIMITS.people)].flatMap(people =>
        [false, true].flatMap(unsettled =>
          [[], [true], [true, true], [false], [true, false]].map(checks => ({
            effect,
            unknown,
            high,
            people,
            unsettled,
            checks,
          })),
        ),
      ),
    ),
  ),
);

const factsOf = ({ effect, unknown, high, people, unsettled, checks }: Row): Facts =>
  facts({
    effect,
    quote: quoteOf(high, unknown),
    audience: { note: 'whoever matches', ...(people === undefined ? {} : { people }) },
    checks: checks.map(pass => check(pass)),
    ...(unsettled ? { unsettled: { intent_id: 'e'.repeat(32), at: 0 } } : {}),
  });

function expected({ effect, unknown, high, people, unsettled, checks }: Row): [Verdict['verdict'], string] {
  if (checks.includes(false)) return ['deny', 'precondition'];
  if (effect === 'read') return ['allow', 'defaults'];
  if (unsettled) return ['ask_human', 'unsettled'];
  if (high >= LIMITS.credits || (people ?? 0) >= LIMITS.people) return ['ask_human', 'quote'];
  if (unknown.length > 0) return ['ask', 'quote'];
  return [base[effect], 'defaults'];
}

describe('defaults', () => {
  test(`C9: every combination (${rows.length})`, () => {
    const wrong = rows.filter(row => {
      const { verdict, rule } = decide(factsOf(row));
      const [wants, by] = expected(row);
      return verdict !== wants || rule !== by;
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('every verdict has a reason that is a sentence, and every refusal a code', () => {
    for (const row of rows) {
      const { verdict, reason, code } = decide(factsOf(row));
      expect(reason).toMatch(/^[A-Za-z].*\.$/);
      expect(code).toBe(verdict === 'deny' ? 'precondition_failed' : undefined);
    }
  });

  test('an unknown audience is not a small one, but only the effect speaks for it', () => {
    expect(decide(facts({ effect: 'run', audience: { note: 'everyone' } })).verdict).toBe('ask');
    expect(decide(facts({ effect: 'update', audience: { note: 'everyone' } })).verdict).toBe('allow');
  });

  test.each(['', 'Read', 'READ', 'launch', 'allow', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'P13: the effect %j, which policy does not know, is refused',
    effect => {
      expect(decide(facts({ effect: effect as Effect }))).toEqual({
        verdict: 'deny',
        rule: 'defaults',
        code: 'denied_by_policy',
        reason: 'No rule covers this call, so it is refused.',
      });
    },
  );

  test.each([undefined, null, 0, true, {}])('the effect %j, which is no word, is refused', effect => {
    expect(decide(facts({ effect: effect as unknown as Effect })).verdict).toBe('deny');
  });

  test.each([
    ['credits', { quote: quoteOf(Number.NaN) }],
    ['people', { audience: { note: 'who knows', people: Number.NaN } }],
  ])('P13: %s that are no number count as above the limit', (_what, over) => {
    for (const effect of effects.filter(effect => effect !== 'read'))
      expect(decide(facts({ effect, ...over })).verdict).toBe('ask_human');
  });

  test('what costs nothing and reaches nobody is below every limit, and stopping is held up by none', () => {
    const none = settings({ humanAbove: { credits: 0, people: 0 } });
    expect(decide(facts({ effect: 'update', settings: none })).verdict).toBe('allow');
    expect(decide(facts({ effect: 'run', settings: none })).verdict).toBe('ask');
    expect(decide(facts({ effect: 'run', settings: none, quote: quoteOf(0.5) })).verdict).toBe('ask_human');
    for (const over of [
      { quote: quoteOf(LIMITS.credits) },
      { quote: quoteOf(0, ['who knows']) },
      { unsettled: { intent_id: 'e'.repeat(32), at: 0 } },
    ])
      expect(decide(facts({ effect: 'update', stops: true, settings: none, ...over }))).toMatchObject({
        verdict: 'allow',
        rule: 'defaults',
      });
  });

  test('reasons name the number, the limit, the earlier intent, or that a price is missing', () => {
    const reason = (over: Partial<Facts>) => decide(facts(over)).reason;
    expect(reason({ quote: quoteOf(750) })).toBe(
      'It may cost 750 credits, at or above the limit of 500 for a yes in the client.',
    );
    expect(reason({ audience: { note: '', people: 301 } })).toBe(
      'It may reach 301 people, at or above the limit of 300 for a yes in the client.',
    );
    expect(reason({ unsettled: { intent_id: 'e'.repeat(32), at: 0 } })).toBe(
      `The same call was sent before (intent ${'e'.repeat(32)}) and nobody could find out whether it ran. Sending it again may do it twice.`,
    );
    expect(reason({ quote: quoteOf(2, ['"send_fax": not known']) })).toBe(
      'Its price is not known in full; a person confirms that.',
    );
  });

  test('every failed check is told, in its own words, and those that hold are not', () => {
    const checks = [check(false, 'matrix'), check(true, 'active'), check(false, 'idle')];
    expect(decide(facts({ checks })).reason).toBe('matrix fails, so wait. idle fails, so wait.');
  });

  test.each([undefined, null, 1, 'true', {}])('P13: a check whose pass is %j has not passed', pass => {
    const odd = { name: 'active', pass: pass as never, reason: 'Odd.' };
    expect(decide(facts({ checks: [check(true), odd] }))).toMatchObject({ verdict: 'deny', rule: 'precondition' });
  });
});
