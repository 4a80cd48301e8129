// The operator's stop: before every other gate, for everything that changes anything.
import { describe, expect, test } from 'vitest';
import { decide, refusedUnread } from '../../src/policy/policy.ts';
import { effects } from '../../src/tool.ts';
import { facts } from './facts.ts';

describe('the rule', () => {
  test.each([
    { writes: false, stop: undefined, refused: false },
    { writes: false, stop: 'fire drill', refused: false },
    { writes: true, stop: undefined, refused: false },
    { writes: true, stop: 'fire drill', refused: true },
    { writes: true, stop: '', refused: true },
  ])('writes $writes, stop $stop: refused $refused', ({ writes, stop, refused }) => {
    const verdict = refusedUnread(facts({ writes, ...(stop === undefined ? {} : { stop }) }));
    expect(verdict?.rule).toBe(refused ? 'stopped' : undefined);
    if (stop) expect(refused ? verdict?.reason : stop).toContain(stop);
  });

  test.each(effects)('no effect is let through, %s included', effect => {
    expect(decide(facts({ effect, stop: '' }))).toMatchObject({
      verdict: 'deny',
      rule: 'stopped',
      code: 'denied_by_policy',
    });
  });

  test('the refusal says why, what goes on all the same, and who ends it', () => {
    const reason = (stop: string) => refusedUnread(facts({ stop }))?.reason;
    const rest =
      ' What runs at the vendors already goes on: a fan-out finishes, schedules fire. Only the operator can end the stop, with: automations-mcp resume.';
    expect(reason('fire drill')).toBe(`Everything is stopped (fire drill).${rest}`);
    expect(reason('')).toBe(`Everything is stopped.${rest}`);
  });

  test('it comes before read-only mode and scopes', () => {
    const settings = { ...facts().settings, readOnly: true };
    const connection = { ...facts().connection, scopes: [] };
    expect(decide(facts({ stop: 'now', settings, connection })).rule).toBe('stopped');
  });
});
