// Quotes: each figure with its source, and nothing unknown counted as free (design section 5.4, trustpager.md 5.5 and 9).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionClass } from '../../../src/vendors/trustpager/actions.ts';
import { type Prices, parsePrices, quoteActions } from '../../../src/vendors/trustpager/prices.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';

const now = 1_000_000;
const prices = (credits: Record<string, number>): Prices => ({
  credits: new Map(Object.entries(credits)),
  read_at: now - 42_400,
});
const act = (...types: (string | undefined)[]) =>
  types.map(action_type => (action_type === undefined ? {} : { action_type }));

describe('quoteActions', () => {
  test('nothing costs nothing, and is known', () => {
    expect(quoteActions([], undefined, now)).toEqual({ low: 0, expected: 0, high: 0, unknown: [], lines: [] });
  });

  test('live prices by exact key, calls by the minute, each with source and age', () => {
    expect(
      quoteActions(
        act('send_sms', 'voice_outbound_call', 'apply_tags', 'send_sms'),
        prices({ send_sms: 5, voice_agent_minute: 20, Send_SMS: 1 }),
        now,
      ),
    ).toEqual({
      low: 30,
      expected: 120,
      high: 210,
      unknown: [],
      lines: [
        { what: '"send_sms"', credits: [5, 5], source: 'live price list', age_s: 42 },
        {
          what: '"voice_outbound_call", 1 to 10 minutes assumed at 20 a minute',
          credits: [20, 200],
          source: 'live price list',
          age_s: 42,
        },
        { what: '"apply_tags"', credits: [0, 0], source: 'stays within TrustPager, not billed as a send' },
        { what: '"send_sms"', credits: [5, 5], source: 'live price list', age_s: 42 },
      ],
    });
  });

  test('the older name of a call is a call; without a price per minute it is unknown', () => {
    expect(quoteActions(act('trigger_voice_call'), prices({ voice_agent_minute: 7 }), now)).toMatchObject({
      low: 7,
      high: 70,
      unknown: [],
    });
    expect(quoteActions(act('voice_outbound_call'), prices({ voice_outbound_call: 7 }), now)).toMatchObject({
      high: 0,
      unknown: ['"voice_outbound_call": its price per minute is not known'],
    });
  });

  test.each<[string | undefined, Prices | undefined, string[]]>([
    ['send_sms', undefined, ['"send_sms": its price is not known']],
    ['send_sms', prices({}), ['"send_sms": its price is not known']],
    ['call_webhook', prices({}), ['"call_webhook": its price is not known']],
    ['a_new_action', undefined, ['"a_new_action": an action type that is not known']],
    [undefined, prices({}), ['an action without a type: an action type that is not known']],
    ['trigger_automation', prices({ trigger_automation: 1 }), ['"trigger_automation": what it starts is not priced']],
    ['attach_to_event_queue', undefined, ['"attach_to_event_queue": what it starts is not priced']],
    ['__proto__', undefined, ['"__proto__": an action type that is not known']],
    ['<b>', undefined, ['"‹b>": an action type that is not known']],
  ])('%s is unknown', (type, list, unknown) => {
    const quote = quoteActions(act(type), list, now);
    expect(quote).toMatchObject({ low: 0, high: 0, unknown });
    expect(quote.lines[0]).not.toHaveProperty('credits');
  });

  test('an unknown type with a live price is priced; a fallback is labelled, and gives way to the live price', () => {
    expect(quoteActions(act('a_new_action'), prices({ a_new_action: 9 }), now)).toMatchObject({ high: 9, unknown: [] });
    expect(quoteActions(act('send_form'), undefined, now)).toMatchObject({
      high: 3,
      unknown: [],
      lines: [{ source: expect.stringContaining('undated') }],
    });
    expect(quoteActions(act('send_form'), prices({ send_form: 8 }), now)).toMatchObject({
      high: 8,
      lines: [{ source: 'live price list' }],
    });
  });

  test('low ≤ expected ≤ high, and every action is in the lines and, without a figure, among the unknown', () => {
    const types = fc.constantFrom(
      'send_sms',
      'voice_outbound_call',
      'send_form',
      'apply_tags',
      'trigger_automation',
      'odd',
      undefined,
    );
    fc.assert(
      fc.property(
        fc.array(types),
        fc.dictionary(fc.constantFrom('send_sms', 'voice_agent_minute', 'odd'), fc.nat(1_000)),
        (list, credits) => {
          const quote = quoteActions(act(...list), prices(credits), now);
          expect(quote.low).toBeLessThanOrEqual(quote.expected);
          expect(quote.expected).toBeLessThanOrEqual(quote.high);
          expect(quote.lines).toHaveLength(list.length);
          expect(quote.unknown).toHaveLength(quote.lines.filter(line => line.credits === undefined).length);
        },
      ),
    );
  });
});

describe('parsePrices', () => {
  test.each<[JsonObject, Record<string, number>]>([
    [{ data: [{ feature_key: 'send_sms', credits_per_use: 5, category: 'x' }] }, { send_sms: 5 }],
    [
      {
        data: {
          pricing: {
            sms: [{ key: 'send_sms', credits_per_use: 5 }],
            voice: [{ feature: 'voice_agent_minute', credits_per_use: 2 }],
          },
        },
      },
      { send_sms: 5, voice_agent_minute: 2 },
    ],
    [
      {
        data: [
          { feature_key: 'a', credits_per_use: 5 },
          { feature_key: 'a', credits_per_use: 9 },
          { feature_key: 'a', credits_per_use: 1 },
        ],
      },
      { a: 9 },
    ],
    [{ data: [{ feature_key: 'free', credits_per_use: 0 }] }, { free: 0 }],
    [
      {
        data: [
          { feature_key: 'a', credits_per_use: -1 },
          { feature_key: 'b', credits_per_use: '5' },
          { feature_key: 'c' },
          { credits_per_use: 5 },
          { feature_key: 'd', credits_per_use: null },
        ],
      },
      {},
    ],
    [{}, {}],
  ])('%j', (body, expected) => {
    expect(Object.fromEntries(parsePrices(body, 7).credits)).toEqual(expected);
    expect(parsePrices(body, 7).read_at).toBe(7);
  });

  test('never throws, and every price is usable', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), body => {
        for (const price of parsePrices(body as JsonObject, 0).credits.values())
          expect(price).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test.each([
  ['send_sms', 'customer_reaching'],
  ['trigger_voice_call', 'customer_reaching'],
  ['call_webhook', 'external'],
  ['xero_create_invoice', 'external'],
  ['apply_tags', 'internal'],
  ['remove_from_event_queue', 'internal'],
  ['trigger_automation', 'cascade'],
  ['attach_to_event_queue', 'cascade'],
  ['send_pigeon', 'unknown'],
  ['Send_SMS', 'unknown'],
  ['constructor', 'unknown'],
  [undefined, 'unknown'],
])('%s is %s', (type, kind) => {
  expect(actionClass(type)).toBe(kind);
});
