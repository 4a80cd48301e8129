// The operator's rules: every pair of verdicts with every usual one, what stops, what is read, and what a standing approval covers.
import { describe, expect, test } from 'vitest';
import { bindingLimits, limitsOf } from '../../src/policy/limits.ts';
import { ceilingsOf, type OperatorRule, said, strictness } from '../../src/policy/operator.ts';
import {
  builtIn,
  builtInWords,
  decide,
  type Facts,
  refusedUnread,
  type Verdict,
  verdictWord,
} from '../../src/policy/policy.ts';
import type { Effect } from '../../src/tool.ts';
import { check, facts, LIMITS, quoteOf, rule, settings, usedBy } from './facts.ts';

const verdicts = ['allow', 'ask', 'ask_human', 'deny'] as const;
const answers = { yes: () => true, no: () => false, untold: () => undefined } as const;
type Answer = keyof typeof answers;

const withRules = (rules: readonly OperatorRule[], over: Partial<Facts> = {}): Facts =>
  facts({ settings: settings({ rules }), used: usedBy(rules), ...over });

/** Facts about which the defaults say this. */
const usual: Record<Verdict['verdict'], Partial<Facts>> = {
  allow: { effect: 'update' },
  ask: { effect: 'run' },
  ask_human: { effect: 'run', quote: quoteOf(LIMITS.credits) },
  deny: { effect: 'none such' as Effect },
};

const applies = (verdict: Verdict['verdict'], answer: Answer): boolean =>
  answer === 'yes' || (answer === 'untold' && verdict !== 'allow');

describe('verdicts', () => {
  const rows = verdicts.flatMap(one =>
    verdicts.flatMap(two =>
      (Object.keys(answers) as Answer[]).flatMap(first =>
        (Object.keys(answers) as Answer[]).flatMap(second =>
          verdicts.flatMap(usually => [false, true].map(turned => ({ one, two, first, second, usually, turned }))),
        ),
      ),
    ),
  );

  test(`P11: deny beats ask_human beats ask beats allow, whatever the order; only allow replaces the default (${rows.length})`, () => {
    const wrong = rows.filter(({ one, two, first, second, usually, turned }) => {
      const rules = [
        rule({ name: 'one', verdict: one, holds: answers[first] }),
        rule({ name: 'two', verdict: two, holds: answers[second] }),
      ];
      const applied = [...(applies(one, first) ? [one] : []), ...(applies(two, second) ? [two] : [])];
      const strict = Math.max(...applied.map(verdict => strictness[verdict]));
      const asked = usually === 'ask' || usually === 'ask_human';
      const wants = applied.length > 0 && strict === 0 && asked ? 0 : Math.max(strict, strictness[usually]);
      const { verdict } = decide(withRules(turned ? rules.toReversed() : rules, usual[usually]));
      return strictness[verdict] !== wants;
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('who decided is named: the rule where it decides, the default where that is stricter', () => {
    const by = (verdict: Verdict['verdict'], usually: Verdict['verdict']) =>
      decide(withRules([rule({ name: 'mine', verdict })], usual[usually])).rule;
    expect(by('ask', 'allow')).toBe('mine');
    expect(by('ask', 'ask')).toBe('mine');
    expect(by('ask', 'ask_human')).toBe('quote');
    expect(by('ask_human', 'ask')).toBe('mine');
    expect(by('deny', 'ask_human')).toBe('mine');
    expect(by('allow', 'allow')).toBe('defaults');
    expect(by('allow', 'ask')).toBe('mine');
  });

  test('of equals the first in the file is named', () => {
    const rules = [rule({ name: 'first', verdict: 'deny' }), rule({ name: 'second', verdict: 'deny' })];
    expect(decide(withRules(rules)).rule).toBe('first');
    expect(decide(withRules(rules.toReversed())).rule).toBe('second');
  });

  test('two people are stricter than one, less strict than a refusal, and named whatever the order', () => {
    const two = rule({ name: 'two', verdict: 'ask_human', approver: 'another' });
    const by = (...rules: OperatorRule[]) => {
      const [one, other] = [rules, rules.toReversed()].map(list => decide(withRules(list)));
      expect(one).toEqual(other);
      return { verdict: one?.verdict, approver: one?.approver, rule: one?.rule };
    };
    const wanted = { verdict: 'ask_human', approver: 'another', rule: 'two' };
    expect(by(two)).toEqual(wanted);
    for (const verdict of ['allow', 'ask', 'ask_human'] as const) expect(by(two, rule({ verdict }))).toEqual(wanted);
    expect(by(two, rule({ name: 'no', verdict: 'deny' }))).toEqual({
      verdict: 'deny',
      approver: undefined,
      rule: 'no',
    });
    // What else wants a person outside the client, or what cannot be told, does not make them one.
    const unsettled = { intent_id: 'e'.repeat(32), at: 1 };
    expect(decide(withRules([two], { unsettled, quote: quoteOf(LIMITS.credits) }))).toMatchObject(wanted);
    expect(decide(withRules([{ ...two, holds: () => undefined }]))).toEqual({
      ...wanted,
      reason:
        'The operator’s rule "two" wants another person’s yes to it, because something the rule looks at is not there.',
    });
    expect(['ask_human', 'deny'].map(verdict => verdictWord({ verdict }))).toEqual(['ask_human', 'deny']);
    expect(verdictWord(wanted)).toBe('ask_human (another person)');
    expect(decide(withRules([two])).reason).toBe('The operator’s rule "two" wants another person’s yes to it.');
    expect(decide(withRules([{ ...two, reason: 'Dear.' }])).reason).toBe('Dear.');
    expect(decide(withRules([rule({ verdict: 'ask_human' })]))).not.toHaveProperty('approver');
    for (const over of [{ stops: true }, { effect: 'read' }] as const)
      expect(decide(withRules([two], over))).not.toHaveProperty('approver');
  });

  test('a rule’s own reason is told, and that something was not there where that is why', () => {
    const reason = (over: Partial<OperatorRule>) =>
      decide(withRules([rule({ name: 'mine', verdict: 'deny', ...over })])).reason;
    expect(reason({ reason: 'Not on Fridays.' })).toBe('Not on Fridays.');
    expect(reason({})).toBe('The operator’s rule "mine" refuses it.');
    expect(reason({ reason: 'Not on Fridays.', holds: () => undefined })).toBe(
      'The operator’s rule "mine" refuses it, because something the rule looks at is not there.',
    );
    expect(decide(withRules([rule({ name: 'mine', verdict: 'deny' })]))).toEqual({
      verdict: 'deny',
      rule: 'mine',
      reason: 'The operator’s rule "mine" refuses it.',
      code: 'denied_by_policy',
    });
    expect(decide(withRules([rule({ name: 'mine', verdict: 'ask_human' })]))).toEqual({
      verdict: 'ask_human',
      rule: 'mine',
      reason: 'The operator’s rule "mine" asks a person about it.',
    });
  });

  test.each(verdicts)('P13: a rule to %s that cannot be judged refuses, and says so', verdict => {
    const holds = () => {
      throw new Error('sk_live_0123456789abcdef');
    };
    expect(decide(withRules([rule({ name: 'mine', verdict, holds })]))).toEqual({
      verdict: 'deny',
      rule: 'mine',
      reason: 'The operator’s rule "mine" could not judge this call, so it is refused.',
      code: 'denied_by_policy',
    });
  });
});

describe('what each rule says', () => {
  test('of a condition: yes, no, not to be told, or broken', () => {
    const broken = () => {
      throw new Error('too dear');
    };
    const words = [() => true, () => false, () => undefined, broken].map(holds => said(rule({ holds }), withRules([])));
    expect(words).toEqual(['yes', 'no', 'untold', 'broken']);
  });

  test('of the built-in ones: every one of them once, in order, and the operator’s not among them', () => {
    const words = builtInWords(
      withRules([rule({ verdict: 'deny' })], {
        stop: 'for now',
        checks: [check(false)],
        quote: quoteOf(LIMITS.credits),
        unsettled: { intent_id: 'e'.repeat(32), at: 1 },
      }),
    );
    expect(words.map(({ rule }) => rule)).toEqual(builtIn.filter(name => name !== 'operator'));
    expect(Object.fromEntries(words.map(({ rule, said }) => [rule, said?.verdict]))).toEqual({
      stopped: 'deny',
      'read-only': undefined,
      'no-spend': undefined,
      scope: undefined,
      precondition: 'deny',
      unsettled: 'ask_human',
      budget: undefined,
      quote: 'ask_human',
      defaults: 'ask',
    });
    expect(words.map(word => Object.keys(word).length)).toEqual(words.map(({ said }) => (said ? 2 : 1)));
  });

  test('an attempt that nobody could settle holds back neither reading nor stopping', () => {
    const unsettled = { intent_id: 'e'.repeat(32), at: 1 };
    const word = (over: Partial<Facts>) =>
      builtInWords(withRules([], { unsettled, ...over })).find(({ rule }) => rule === 'unsettled')?.said?.verdict;
    expect([word({}), word({ effect: 'read' }), word({ stops: true })]).toEqual(['ask_human', undefined, undefined]);
  });
});

describe('what stops, and what reads', () => {
  const stopping = { effect: 'update', stops: true } as const;

  test('stopping is touched by nothing but a deny that says stops', () => {
    for (const verdict of verdicts)
      expect(decide(withRules([rule({ verdict })], stopping))).toMatchObject({ verdict: 'allow', rule: 'defaults' });
    expect(decide(withRules([rule({ name: 'mine', verdict: 'deny', stops: true })], stopping))).toMatchObject({
      verdict: 'deny',
      rule: 'mine',
    });
    // The operator's file refuses to have these; were one there, it would not count.
    for (const verdict of ['ask', 'ask_human'] as const)
      expect(decide(withRules([rule({ verdict, stops: true })], stopping)).verdict).toBe('allow');
  });

  test('of a read only a deny counts, and it needs no read', () => {
    const reading = { writes: false, effect: 'read', tool: 'scrip_get_automation' } as const;
    for (const verdict of verdicts) {
      const mine = withRules([rule({ name: 'mine', verdict })], reading);
      expect(decide(mine).verdict).toBe(verdict === 'deny' ? 'deny' : 'allow');
      expect(refusedUnread(mine)?.rule).toBe(verdict === 'deny' ? 'mine' : undefined);
    }
    expect(refusedUnread(withRules([rule({ verdict: 'deny' })], { writes: true }))).toBeUndefined();
  });

  test('a condition about a read finds all facts there', () => {
    let seen: Facts | undefined;
    const holds = (facts: Facts) => {
      seen = facts;
      return false;
    };
    const {
      effect: _,
      quote: __,
      checks: ___,
      changes: ____,
      ...unread
    } = withRules([rule({ verdict: 'deny', holds })], {
      writes: false,
    });
    expect(refusedUnread(unread)).toBeUndefined();
    expect(seen).toEqual({
      ...unread,
      effect: 'read',
      changes: [],
      checks: [],
      reversible: true,
      quote: { low: 0, expected: 0, high: 0, unknown: [], lines: [] },
    });
  });

  test('what a rule has no say in is not even judged', () => {
    const never = rule({
      verdict: 'ask',
      holds() {
        throw new Error('judged');
      },
    });
    expect(said(never, withRules([], stopping))).toBe('no_say');
    expect(said(never, withRules([], { effect: 'read' }))).toBe('no_say');
    expect(said(never, withRules([], { effect: 'run' }))).toBe('broken');
    for (const [answer, holds] of Object.entries(answers))
      expect(said({ ...never, holds }, withRules([], { effect: 'run' }))).toBe(answer);
    expect(said({ ...never, verdict: 'deny' }, withRules([], stopping))).toBe('no_say');
    expect(said({ ...never, verdict: 'deny', stops: true }, withRules([], stopping))).toBe('broken');
  });
});

describe('standing approvals', () => {
  const ceilings = { credits: 100, calls: 3 };
  const standing = rule({ name: 'small', verdict: 'allow', ceilings, reason: 'Small sends go out.' });
  const used = (credits: number, calls: number, people?: number): Record<string, number> => ({
    'small: 100 credits a day': credits,
    'small: 3 calls a day': calls,
    ...(people === undefined ? {} : { 'small: 50 people a day': people }),
  });
  const call = (over: Partial<Facts> = {}) =>
    decide(withRules([standing], { quote: quoteOf(10), used: used(0, 0), ...over }));

  test('within its ceilings it stands in a person’s place, and is named', () => {
    expect(call()).toEqual({
      verdict: 'allow',
      rule: 'small',
      reason: 'The operator’s standing approval "small" covers it. Small sends go out.',
      standing: true,
    });
  });

  test.each<[string, Partial<Facts>, string]>([
    ['credits', { used: used(91, 0) }, 'with it, 100 credits within 24 hours would be exceeded'],
    ['calls', { used: used(0, 3) }, 'with it, 3 calls within 24 hours would be exceeded'],
    ['a single dear call', { quote: quoteOf(101) }, 'with it, 100 credits within 24 hours would be exceeded'],
    ['a price that is no number', { quote: quoteOf(Number.NaN) }, 'with it, 100 credits'],
    ['use that nobody counted', { used: {} }, 'with it, 100 credits'],
    ['use that is no number', { used: used(Number.NaN, 0) }, 'with it, 100 credits'],
    ['an unknown price', { quote: quoteOf(10, ['"send_fax": not known']) }, 'its price is not known'],
  ])('P11: beyond them the default decides, and the question says why: %s', (_what, over, why) => {
    const verdict = call(over);
    expect(['ask', 'ask_human']).toContain(verdict.verdict);
    expect(verdict.rule).not.toBe('small');
    expect(verdict.reason).toContain(`The standing approval "small" does not cover it: ${why}`);
  });

  test('P11: one that has no ceilings covers nothing', () => {
    const { ceilings: _, ...endless } = standing;
    const used = { 'small: 0 credits a day': 0, 'small: 0 calls a day': 0 };
    expect(decide(withRules([endless], { quote: quoteOf(0), used }))).toEqual({
      verdict: 'ask',
      rule: 'defaults',
      reason:
        'It fires now, for real; a person confirms that. The standing approval "small" does not cover it: with it, 0 calls within 24 hours would be exceeded.',
    });
  });

  test('P13: where nothing was counted at all it covers nothing, and the default decides', () => {
    const { used: _, ...uncounted } = withRules([standing], { quote: quoteOf(10) });
    expect(decide(uncounted)).toMatchObject({ verdict: 'ask', rule: 'defaults' });
  });

  test('what it let through in the last 24 hours counts, and nothing else does', () => {
    const day = 86_400_000;
    const of = (unit: string, most: number) => ({
      name: `small: ${most} ${unit} a day`,
      unit,
      most,
      since: 5 * day,
      where: { rule: 'small' },
    });
    expect(ceilingsOf(standing, 6 * day)).toEqual([of('credits', 100), of('calls', 3)]);
    expect(ceilingsOf({ ...standing, ceilings: { ...ceilings, people: 0 } }, 6 * day)).toEqual([
      of('credits', 100),
      of('calls', 3),
      of('people', 0),
    ]);
  });

  test('it is named alone where the operator gave no reason', () => {
    const { reason: _, ...wordless } = standing;
    expect(decide(withRules([wordless], { quote: quoteOf(10), used: used(0, 0) })).reason).toBe(
      'The operator’s standing approval "small" covers it.',
    );
  });

  test('to the last credit and call it covers', () => {
    expect(call({ used: used(90, 2) }).verdict).toBe('allow');
  });

  test('a ceiling on people covers no unknown number of them', () => {
    const rules = [{ ...standing, ceilings: { ...ceilings, people: 50 } }];
    const of = (audience: Facts['audience'], people = 0) =>
      decide(withRules(rules, { used: used(0, 0, people), ...(audience ? { audience } : {}) })).verdict;
    expect(of({ people: 50, note: 'them' })).toBe('allow');
    expect(of({ people: 50, note: 'them' }, 1)).toBe('ask');
    expect(of({ note: 'everyone' })).toBe('ask');
    expect(of(undefined)).toBe('allow');
    expect(call({ audience: { note: 'everyone' } }).verdict).toBe('allow');
    expect(decide(withRules(rules, { used: used(0, 0, 0), audience: { note: 'everyone' } })).reason).toBe(
      'It fires now, for real; a person confirms that. The standing approval "small" does not cover it: how many people it reaches is not known.',
    );
  });

  test('an attempt that nobody could settle passes no standing approval by', () => {
    expect(call({ unsettled: { intent_id: 'e'.repeat(32), at: 1 } })).toMatchObject({
      verdict: 'ask_human',
      rule: 'unsettled',
    });
  });

  test('what counts towards one is looked up where somebody would be asked, whatever its condition comes to by then', () => {
    const rules = [rule({ name: 'one', verdict: 'allow', holds: () => false }), rule({ name: 'two', verdict: 'ask' })];
    const names = (usually: Verdict['verdict']) => limitsOf(withRules(rules, usual[usually])).map(({ name }) => name);
    const ceilings = ['one: 1000000 credits a day', 'one: 1000000 calls a day'];
    expect([names('allow'), names('ask'), names('ask_human'), names('deny')]).toEqual([[], ceilings, ceilings, []]);
  });

  test('its ceilings bind a call that stands on it, and no call that merely names it', () => {
    const rules = [rule({ name: 'one', verdict: 'allow' })];
    const names = (verdict: Pick<Verdict, 'rule' | 'standing'>) =>
      bindingLimits(withRules(rules), verdict).map(({ name }) => name);
    expect(names({ rule: 'one', standing: true })).toEqual(['one: 1000000 credits a day', 'one: 1000000 calls a day']);
    expect(names({ rule: 'one' })).toEqual([]);
    expect(names({ rule: 'other', standing: true })).toEqual([]);
  });

  test('where one has no room, another that applies may have', () => {
    const rules = [standing, rule({ name: 'more', verdict: 'allow' })];
    expect(decide(withRules(rules, { used: { ...usedBy(rules), ...used(0, 3) } }))).toMatchObject({
      verdict: 'allow',
      rule: 'more',
    });
  });
});

test.each([
  [{ verdict: 'ask' }, 'ask'],
  [{ verdict: 'ask_human', approver: undefined }, 'ask_human'],
  [{ verdict: 'ask_human', approver: 'another' }, 'ask_human (another person)'],
])('%j in a word is %s', (verdict, word) => expect(verdictWord(verdict)).toBe(word));
