// Quotes: each figure with its source, and nothing unknown counted as free (design section 5.4, trustpager.md 5.5 and 9).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { actionClass } from '../../../src/vendors/trustpager/actions.ts';
import { followCascades } from '../../../src/vendors/trustpager/cascade.ts';
import {
  type Factor,
  type Followed,
  listedOrTenfold,
  type Prices,
  parsePrices,
  quoteActions as quoteWith,
} from '../../../src/vendors/trustpager/prices.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';

const now = 1_000_000;
const prices = (credits: Record<string, number>): Prices => ({
  credits: new Map(Object.entries(credits)),
  read_at: now - 42_400,
});
const act = (...types: (string | undefined)[]) =>
  types.map(action_type => (action_type === undefined ? {} : { action_type }));

const once: Factor = { low: 1, high: 1, because: 'as seen' };
const quoteActions = (
  actions: Parameters<typeof quoteWith>[0],
  list: Prices | undefined,
  at: number,
  factor = once,
  followed: ReadonlyMap<string, Followed> = new Map(),
) => quoteWith(actions, { prices: list, now: at, factor, followed });

describe('quoteActions', () => {
  test('nothing costs nothing, and is known', () => {
    expect(quoteActions([], undefined, now)).toEqual({
      low: 0,
      expected: 0,
      high: 0,
      listed: 0,
      unknown: [],
      lines: [],
    });
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
        { what: '"send_sms"', credits: [5, 5], source: 'live price list; as seen', age_s: 42 },
        {
          what: '"voice_outbound_call", 1 to 10 minutes assumed at 20 a minute',
          credits: [20, 200],
          source: 'live price list; as seen',
          age_s: 42,
        },
        { what: '"apply_tags"', credits: [0, 0], source: 'stays within TrustPager, not billed as a send' },
        { what: '"send_sms"', credits: [5, 5], source: 'live price list; as seen', age_s: 42 },
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
      lines: [{ source: 'live price list; as seen' }],
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

describe('what may cost ten times its price', () => {
  test('spans both, until charges were seen; what is free stays free', () => {
    const list = prices({ send_sms: 5 });
    expect(quoteActions(act('send_sms', 'apply_tags'), list, now, listedOrTenfold)).toMatchObject({
      low: 5,
      high: 50,
      listed: 5,
      unknown: [],
      lines: [{ credits: [5, 50], source: expect.stringContaining('ten times') }, { credits: [0, 0] }],
    });
    expect(
      quoteActions(act('send_sms'), list, now, { low: 10, high: 10, because: 'as the last charges were' }),
    ).toMatchObject({ low: 50, high: 50, listed: 5 });
  });

  test('nothing is listed as one number where a part has a range, or no price', () => {
    const list = prices({ send_sms: 5, voice_agent_minute: 2 });
    for (const types of [['send_sms', 'voice_outbound_call'], ['send_sms', 'odd'], ['attach_to_event_queue']])
      expect(quoteActions(act(...types), list, now)).not.toHaveProperty('listed');
  });
});

describe('what starts another automation', () => {
  const list = prices({ send_sms: 5 });
  const starts = (automation_id: string) => ({ action_type: 'trigger_automation', config: { automation_id } });
  const sms = { action_type: 'send_sms' };
  const quoted = (actions: object[], followed: Record<string, Followed>) =>
    quoteActions(actions, list, now, once, new Map(Object.entries(followed)));

  test('costs what that costs, through several', () => {
    const quote = quoted([sms, starts('a')], {
      a: { name: 'First', enabled: true, actions: [sms, starts('b')] },
      b: { name: 'Second', enabled: true, actions: [sms, sms] },
    });
    expect(quote).toMatchObject({ low: 20, high: 20, unknown: [] });
    expect(quote.lines.map(({ what }) => what)).toEqual([
      '"send_sms"',
      'in "First", which it starts: "send_sms"',
      'in "First", which it starts: in "Second", which it starts: "send_sms"',
      'in "First", which it starts: in "Second", which it starts: "send_sms"',
    ]);
  });

  test('twice is paid twice', () => {
    expect(quoted([starts('a'), starts('a')], { a: { name: 'A', enabled: true, actions: [sms] } })).toMatchObject({
      low: 10,
      high: 10,
      unknown: [],
    });
  });

  test('may cost nothing or all of it while that is disabled', () => {
    const quote = quoted([starts('a')], { a: { name: 'Off', enabled: false, actions: [sms] } });
    expect(quote).toMatchObject({ low: 0, high: 5, unknown: [] });
    expect(quote).not.toHaveProperty('listed');
  });

  test.each<[string, object[], Record<string, Followed>]>([
    ['was not read', [starts('a')], {}],
    ['may not be read', [starts('a')], { a: { unread: 'what it starts could not be read' } }],
    ['starts itself', [starts('a')], { a: { name: 'A', enabled: true, actions: [sms, starts('a')] } }],
    [
      'comes round again',
      [starts('a')],
      {
        a: { name: 'A', enabled: true, actions: [starts('b')] },
        b: { name: 'B', enabled: true, actions: [starts('a')] },
      },
    ],
    ['names nothing', [{ action_type: 'trigger_automation', config: {} }], {}],
    ['is a queue', [{ action_type: 'attach_to_event_queue', config: { automation_id: 'a' } }], {}],
  ])('is unknown where it %s', (_, actions, followed) => {
    expect(quoted(actions, followed).unknown).toHaveLength(1);
  });
});

describe('followCascades', () => {
  const graph = (edges: Record<string, string[]>) => {
    const read: string[] = [];
    const reader = {
      async getAutomation(id: string) {
        read.push(id);
        const next = edges[id];
        if (!next) throw new Failure('not_sent', 'not_found', 'There is no such automation.');
        const actions = next.map(automation_id => ({ action_type: 'trigger_automation', config: { automation_id } }));
        return { id, name: id, enabled: true, triggers: [], actions };
      },
    };
    const from = (id: string) => [{ action_type: 'trigger_automation', config: { automation_id: id } }];
    return { read, follow: (id: string) => followCascades(reader as never, from(id)) };
  };

  test('reads each once, whatever the shape', async () => {
    const { read, follow } = graph({ a: ['b', 'c'], b: ['d'], c: ['d', 'a'], d: [] });
    expect([...(await follow('a')).keys()].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(read.sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('ends, and says so, where there are too many', async () => {
    const chain = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`n${n}`, [`n${n + 1}`]]));
    const { read, follow } = graph(chain);
    const followed = await follow('n0');
    expect(read).toHaveLength(8);
    expect([...followed.values()].filter(one => 'unread' in one)).toHaveLength(1);
  });

  test('what is not there, or may not be read, is unknown; a vendor that is down is no quote at all', async () => {
    expect((await graph({}).follow('gone')).get('gone')).toEqual({ unread: 'what it starts could not be read' });
    const down = { getAutomation: () => Promise.reject(new Failure('not_sent', 'unavailable', 'Down.')) };
    await expect(
      followCascades(down, [{ action_type: 'trigger_automation', config: { automation_id: 'a' } }]),
    ).rejects.toMatchObject({ code: 'unavailable' });
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
