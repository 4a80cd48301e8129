// The switch that turns asking off at one account: it takes the place of the table's `ask`, and of nothing else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Facts } from '../../src/policy/policy.ts';
import { effects } from '../../src/tool.ts';
import { check, facts, LIMITS, quoteOf, rule, settings, usedBy } from './facts.ts';

const on = (over: Partial<Facts> = {}): Facts =>
  facts({ ...over, connection: { ...facts().connection, ...over.connection, insecureAutoApprove: true } });
const rule_ = 'insecure_auto_approve';

describe('P11: insecure_auto_approve', () => {
  test.each(effects)('%s: what the table asks about goes through, and the rule is named', effect => {
    const usual = decide(facts({ effect }));
    const said = decide(on({ effect }));
    if (usual.verdict !== 'ask') expect(said).toEqual(usual);
    else
      expect(said).toEqual({
        verdict: 'allow',
        rule: rule_,
        reason: 'Nobody is asked: the operator has set insecure_auto_approve for connection "scrip".',
      });
    expect(usual.verdict === 'ask').toBe(['run', 'arm', 'delete'].includes(effect));
  });

  test('an effect that the table does not know is refused as ever', () => {
    const odd = { effect: 'launder' as 'run' };
    expect(decide(on(odd))).toEqual(decide(facts(odd)));
    expect(decide(on(odd)).verdict).toBe('deny');
  });

  const asked: [string, Partial<Facts>, string][] = [
    ['a price that is not known', { quote: quoteOf(1, ['sms: not in the list']) }, 'ask by quote'],
    ['a dear call', { quote: quoteOf(LIMITS.credits) }, 'ask_human by quote'],
    ['a wide one', { audience: { people: LIMITS.people, note: '' } }, 'ask_human by quote'],
    ['one that nobody could settle', { unsettled: { intent_id: 'f', at: 0 } }, 'ask_human by unsettled'],
    [
      'a soft budget',
      {
        settings: settings({ budgets: [{ name: 'soft', per: 'call', ceilings: { calls: { soft: 0 } } }] }),
        used: { 'soft.calls.soft': 0 },
      },
      'ask by budget',
    ],
    ['the operator’s ask', { settings: settings({ rules: [rule()] }) }, 'ask by its-ask'],
    [
      'the operator’s ask_human',
      { settings: settings({ rules: [rule({ verdict: 'ask_human' })] }) },
      'ask_human by its-ask_human',
    ],
    ['the operator’s deny', { settings: settings({ rules: [rule({ verdict: 'deny' })] }) }, 'deny by its-deny'],
    ['a state that does not fit', { checks: [check(false)] }, 'deny by precondition'],
    ['read-only mode', { settings: settings({ readOnly: true }) }, 'deny by read-only'],
    ['no-spend mode', { settings: settings({ noSpend: true }) }, 'deny by no-spend'],
    ['the stop', { stop: '' }, 'deny by stopped'],
    ['scopes', { connection: { ...facts().connection, scopes: [] } }, 'deny by scope'],
    ['another principal', { principal: 'ann' }, 'ask by defaults'],
  ];
  test.each(asked)('%s stands above it', (_, over, word) => {
    const said = decide(on(over));
    expect(`${said.verdict} by ${said.rule}`).toBe(word);
  });

  test('a standing approval, whose ceilings count, has nothing to stand in for', () => {
    const rules = [rule({ verdict: 'allow' })];
    expect(decide(on({ settings: settings({ rules }), used: usedBy(rules) })).rule).toBe(rule_);
  });

  test('of any call, it changes a plain ask of the table into allow, and nothing else', () => {
    const any = fc.record({
      effect: fc.constantFrom(...effects),
      high: fc.nat(1_000),
      unknown: fc.subarray(['a price']),
      people: fc.option(fc.nat(600), { nil: undefined }),
      unsettled: fc.boolean(),
      stops: fc.boolean(),
      passes: fc.boolean(),
      verdicts: fc.subarray(['ask', 'ask_human', 'deny'] as const),
      principal: fc.constantFrom('local', 'ann', 'Local', ''),
    });
    fc.assert(
      fc.property(any, ({ effect, high, unknown, people, unsettled, stops, passes, verdicts, principal }) => {
        const over: Partial<Facts> = {
          effect,
          principal,
          checks: [check(passes)],
          quote: quoteOf(high, unknown),
          settings: settings({ rules: verdicts.map(verdict => rule({ verdict })) }),
          ...(people === undefined ? {} : { audience: { people, note: '' } }),
          ...(unsettled ? { unsettled: { intent_id: 'f', at: 0 } } : {}),
          ...(stops ? { stops } : {}),
        };
        const [usual, said] = [decide(facts(over)), decide(on(over))];
        const plain = usual.verdict === 'ask' && usual.rule === 'defaults' && principal === 'local';
        expect(said).toEqual(plain ? { ...said, verdict: 'allow', rule: rule_ } : usual);
      }),
    );
  });
});
