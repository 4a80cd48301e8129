// Read-only mode against writing or not: the whole table, and every tool of the catalogue through it.
import { describe, expect, test } from 'vitest';
import { decide, refusedUnread } from '../../src/policy/policy.ts';
import { catalogue } from '../../tools/index.ts';
import { facts, settings } from './facts.ts';

describe('C22: read-only mode', () => {
  test.each([
    { readOnly: false, writes: false, refused: false },
    { readOnly: false, writes: true, refused: false },
    { readOnly: true, writes: false, refused: false },
    { readOnly: true, writes: true, refused: true },
  ])('read-only $readOnly, writes $writes: refused $refused', ({ readOnly, writes, refused }) => {
    const verdict = refusedUnread(facts({ writes, settings: settings({ readOnly }) }));
    expect(verdict?.rule).toBe(refused ? 'read-only' : undefined);
  });

  test.each(catalogue)('$name is refused exactly if it is a write', tool => {
    const verdict = refusedUnread(
      facts({ tool: tool.name, writes: tool.kind === 'write', settings: settings({ readOnly: true }) }),
    );
    expect(verdict?.verdict).toBe(tool.kind === 'write' ? 'deny' : undefined);
  });

  test('the refusal names the tool and who can change it', () => {
    expect(decide(facts({ settings: settings({ readOnly: true }) }))).toEqual({
      verdict: 'deny',
      rule: 'read-only',
      code: 'denied_by_policy',
      reason:
        'scrip_trigger_automation changes something, and this server runs read-only. Only its operator can change that, by starting it without --read-only.',
    });
  });

  test.each([
    { what: 'admin scope', over: { connection: { ...facts().connection, scopes: ['admin'] } } },
    { what: 'a call that changes nothing that fires', over: { effect: 'update' as const } },
    {
      what: 'limits out of reach',
      over: { settings: settings({ readOnly: true, humanAbove: { credits: 1e9, people: 1e9 } }) },
    },
  ])('P11: $what does not lift it', ({ over }) => {
    expect(decide(facts({ settings: settings({ readOnly: true }), ...over }))).toMatchObject({
      verdict: 'deny',
      rule: 'read-only',
    });
  });
});
