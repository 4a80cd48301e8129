// What one principal may do: it takes away from what the server may do, adds nothing, and says whose it is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Narrowed, refusedUnread } from '../../src/policy/policy.ts';
import { covered, inBoth } from '../../src/policy/scope.ts';
import { type Capability, effects } from '../../src/tool.ts';
import { facts, settings } from './facts.ts';

const ada = (narrowed: Narrowed, over: Parameters<typeof facts>[0] = {}) =>
  facts({ principal: 'ada', narrowed, ...over });

describe('read-only', () => {
  test('refuses her writes and not her reads, in words that name her', () => {
    expect(decide(ada({ readOnly: true }))).toEqual({
      verdict: 'deny',
      rule: 'read-only',
      code: 'denied_by_policy',
      reason:
        'scrip_trigger_automation changes something, and "ada" may only read. Only the operator can change that, in the operator’s file.',
    });
    expect(refusedUnread(ada({ readOnly: true }, { writes: false }))).toBeUndefined();
    expect(refusedUnread(ada({ readOnly: false }))).toBeUndefined();
  });

  test('the server’s own mode is what is named where both hold, and no principal lifts it', () => {
    const both = decide(ada({ readOnly: true }, { settings: settings({ readOnly: true }) }));
    expect(both.reason).toContain('this server runs read-only');
    expect(refusedUnread(ada({ readOnly: false }, { settings: settings({ readOnly: true }) }))?.rule).toBe('read-only');
  });
});

describe('no-spend', () => {
  test.each(effects)('%s', effect => {
    const verdict = refusedUnread(ada({ noSpend: true }, { effect, effects: [effect] }));
    expect(verdict?.rule).toBe(effect === 'run' || effect === 'arm' ? 'no-spend' : undefined);
  });

  test('names her, or the server where that is in the mode; no principal lifts it', () => {
    expect(decide(ada({ noSpend: true })).reason).toBe(
      'scrip_trigger_automation would fire something, or arm it to fire by itself, and "ada" may spend nothing. Only the operator can change that, in the operator’s file.',
    );
    for (const noSpend of [true, false])
      expect(decide(ada({ noSpend }, { settings: settings({ noSpend: true }) })).reason).toContain(
        'this server runs in no-spend mode',
      );
  });
});

describe('scopes', () => {
  const connection = (scopes?: string[]) => ({ ...facts().connection, ...(scopes ? { scopes } : {}) });

  test('both the account and the principal must be granted it', () => {
    const judge = (theirs: string[] | undefined, accounts: string[] | undefined) =>
      refusedUnread(ada(theirs ? { scopes: theirs } : {}, { connection: connection(accounts) }))?.code;
    const enough = ['automations:read', 'automations:trigger'];
    expect(judge(enough, enough)).toBeUndefined();
    expect(judge(enough, undefined)).toBeUndefined();
    expect(judge(undefined, enough)).toBeUndefined();
    expect(judge(['automations:read'], enough)).toBe('insufficient_scope');
    expect(judge(['automations:read'], undefined)).toBe('insufficient_scope');
    expect(judge(['admin'], ['automations:read'])).toBe('insufficient_scope');
    expect(judge([], ['admin'])).toBe('insufficient_scope');
  });

  test('the refusal says what is missing, whose it is, and who can grant it', () => {
    const said = (scopes: string[]) => refusedUnread(ada({ scopes }, { connection: connection(['admin']) }))?.reason;
    expect(said(['automations:read'])).toBe(
      'scrip_trigger_automation needs automations:trigger, which "ada" is not granted (automations:read). Only the operator can grant it, and whoever issues the token, where that names scopes.',
    );
    expect(said([])).toContain('needs automations:read and automations:trigger, which "ada" is not granted (nothing)');
    const account = refusedUnread(ada({ scopes: [] }, { connection: connection([]) }))?.reason;
    expect(account).toContain('which the scopes declared for connection "scrip" do not cover');
  });

  const names = [
    'admin',
    'automations:read',
    'automations:write',
    'automations:write-approval',
    'automations:trigger',
    'automations-trigger:trigger',
    'automations:delete',
    'billing:read',
  ];
  const wanted: Capability[] = ['automations:read', 'automations:write', 'automations:trigger', 'automations:delete'];

  test('of two lists, what both cover is covered and nothing else', () => {
    fc.assert(
      fc.property(fc.subarray(names), fc.subarray(names), (some, others) => {
        const both = inBoth(some, others);
        for (const capability of wanted)
          expect(covered(capability, both)).toBe(covered(capability, some) && covered(capability, others));
      }),
    );
  });
});
