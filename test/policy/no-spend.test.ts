// No-spend mode: nothing fires and nothing is armed; before anything is read, only what can do nothing else is refused.
import { describe, expect, test } from 'vitest';
import { decide, refusedUnread } from '../../src/policy/policy.ts';
import { type Effect, effects, effectsOf } from '../../src/tool.ts';
import { catalogue } from '../../tools/index.ts';
import { facts, rule, settings, usedBy } from './facts.ts';

const noSpend = settings({ noSpend: true });

describe('no-spend mode', () => {
  test.each(effects.flatMap(effect => [true, false].map(on => ({ effect, on }))))('$effect, $on', ({ effect, on }) => {
    const it = facts({ effect, effects, settings: settings({ noSpend: on }) });
    const refused = on && (effect === 'run' || effect === 'arm');
    expect(decide(it).rule === 'no-spend').toBe(refused);
    if (refused) expect(decide(it)).toMatchObject({ verdict: 'deny', code: 'denied_by_policy' });
    else expect(decide(it)).toEqual(decide({ ...it, settings: settings() }));
  });

  test('the refusal names the tool and who can change it', () => {
    expect(decide(facts({ settings: noSpend }))).toEqual({
      verdict: 'deny',
      rule: 'no-spend',
      code: 'denied_by_policy',
      reason:
        'scrip_trigger_automation would fire something, or arm it to fire by itself, and this server runs in no-spend mode. Only its operator can change that, by starting it without --no-spend.',
    });
  });

  test('a tool of which no effect is known is left to the rules that know the call', () => {
    const { effect: _, ...unread } = facts({ effects: [], settings: noSpend });
    expect(refusedUnread(unread)).toBeUndefined();
  });

  test('whatever else allows it', () => {
    const allow = rule({ verdict: 'allow' });
    const it = facts({ settings: settings({ noSpend: true, rules: [allow] }), used: usedBy([allow]) });
    expect(decide(it)).toMatchObject({ verdict: 'deny', rule: 'no-spend' });
  });

  test('read-only beats it', () =>
    expect(decide(facts({ settings: settings({ noSpend: true, readOnly: true }) })).rule).toBe('read-only'));

  test.each(catalogue.map(tool => [tool.name, effectsOf(tool)] as const))(
    '%s, before anything is read',
    (tool, list) => {
      const { effect: _, ...unread } = facts({
        tool,
        effects: list,
        writes: !list.includes('read'),
        settings: noSpend,
      });
      const spends = (effect: Effect) => effect === 'run' || effect === 'arm';
      expect(refusedUnread(unread)?.rule).toBe(list.every(spends) ? 'no-spend' : undefined);
    },
  );
});
