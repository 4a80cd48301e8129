// The text a person sees: all facts, in one order, and harmless whatever a vendor wrote.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesOf, oneLine, type ShownFacts, shownText, visible } from '../../src/approvals/shown.ts';
import { anyCharacter } from '../any-character.ts';
import { T } from '../store/rows.ts';

const fire: ShownFacts = {
  connection: { id: 'main', vendor: 'trustpager', environment: 'production' },
  tool: 'trustpager_trigger_automation',
  summary: 'Run "Review request" now: 2 actions (send_sms, send_email)',
  target: { id: '5b0e6a0e-5c43-4b6e-9f0e-0a4a5a6f7b11', name: 'Review request' },
  changes: [],
  quote: { low: 4, high: 12, unknown: [] },
  balance: 100,
  budgets: [],
  audience: { note: 'whoever the run data points at' },
  undo: 'Cannot be undone: what was sent stays sent.',
  rule: 'defaults',
  reason: 'It fires now, for real; a person confirms that.',
  now: T,
  expires_at: T + 120_000,
};

const shown = (of: Partial<ShownFacts>) => shownText({ ...fire, ...of });

describe('the text', () => {
  test('for a run', () => {
    expect(shown({})).toMatchInlineSnapshot(`
      "Confirm: Run "Review request" now: 2 actions (send_sms, send_email).
      Account: main (trustpager, production); tool trustpager_trigger_automation
      Automation: "Review request", id 5b0e6a0e-5c43-4b6e-9f0e-0a4a5a6f7b11
      Cost: 4 to 12 credits; 88 to 96 left after
      Reaches: whoever the run data points at
      Undo: Cannot be undone: what was sent stays sent.
      Asked by rule "defaults": It fires now, for real; a person confirms that.
      Can be answered until 2027-01-15 08:02:00 UTC, for 2 min"
    `);
  });

  test('for a change of something live, with its diff', () => {
    expect(
      shown({
        connection: { id: 'loyalty', vendor: 'scrip', environment: 'sandbox' },
        tool: 'scrip_update_automation',
        summary: 'Change "Weekly digest"',
        changes: [
          { field: 'schedule', from: '0 9 * * 1', to: '0 9 * * *' },
          { field: 'audience', to: { expression: 'tier == "gold"' } },
          { field: 'payload', from: { points: 5 } },
          { field: 'active', from: false, to: true },
        ],
        quote: { low: 0, high: 0, unknown: [] },
        balance: undefined,
        audience: { people: 1_204, note: 'everyone who matches; 1204 at the last run' },
      }),
    ).toMatchInlineSnapshot(`
      "Confirm: Change "Weekly digest".
      Account: loyalty (scrip, sandbox); tool scrip_update_automation
      Automation: "Review request", id 5b0e6a0e-5c43-4b6e-9f0e-0a4a5a6f7b11
      Changes:
        schedule: "0 9 * * 1" → "0 9 * * *"
        audience: not set → {"expression":"tier == \\"gold\\""}
        payload: {"points":5} → removed
        active: false → true
      Cost: 0 credits
      Reaches: everyone who matches; 1204 at the last run
      Undo: Cannot be undone: what was sent stays sent.
      Asked by rule "defaults": It fires now, for real; a person confirms that.
      Can be answered until 2027-01-15 08:02:00 UTC, for 2 min"
    `);
  });

  test('for a price that nobody knows, a repeat, and an earlier one of unknown outcome', () => {
    expect(
      shown({
        target: undefined,
        audience: undefined,
        quote: {
          low: 3,
          high: 5,
          unknown: ['"ai_call": not in the live price list', '"webhook": what it starts is not priced'],
        },
        unsettled: { id: '0123456789abcdef0123456789abcdef', created_at: T - 900_000 },
        lastDone: { settled_at: T - 45_000 },
      }),
    ).toMatchInlineSnapshot(`
      "Confirm: Run "Review request" now: 2 actions (send_sms, send_email).
      Account: main (trustpager, production); tool trustpager_trigger_automation
      Cost: price unknown: "ai_call": not in the live price list; "webhook": what it starts is not priced; at least 3 to 5 credits; 100 left now
      Undo: Cannot be undone: what was sent stays sent.
      Asked by rule "defaults": It fires now, for real; a person confirms that.
      WARNING: the same call was sent at 2027-01-15 07:45:00 UTC, 15 min ago (intent 0123456789abcdef0123456789abcdef) and nobody could find out whether it ran. A yes may do it twice.
      WARNING: the same call was last done at 2027-01-15 07:59:15 UTC, 45 s ago. A yes does it again.
      Can be answered until 2027-01-15 08:02:00 UTC, for 2 min"
    `);
  });

  test.each([
    [{ low: 1, high: 1, unknown: [] }, 10, 'Cost: 1 credit; 9 left after'],
    [{ low: 2, high: 2, unknown: [] }, undefined, 'Cost: 2 credits'],
    [{ low: 0, high: 1, unknown: [] }, undefined, 'Cost: 0 to 1 credits'],
    [{ low: 1, high: 2, unknown: [] }, undefined, 'Cost: 1 to 2 credits'],
    [{ low: 10, high: 10, unknown: [] }, 10, 'Cost: 10 credits; 0 left after'],
    [{ low: 2, high: 20, unknown: [] }, 10, 'Cost: 2 to 20 credits, of which only 10 are left'],
    [{ low: 0, high: 0, unknown: [] }, 10, 'Cost: 0 credits'],
    [{ low: 0, high: 0, unknown: ['x'] }, undefined, 'Cost: price unknown: x'],
    [{ low: 0, high: 0, unknown: ['x'] }, 7, 'Cost: price unknown: x; 7 left now'],
  ])('says what %j of %s credits means', (quote, balance, line) => {
    expect(shown({ quote, balance }).split('\n')).toContain(line);
  });

  test('says how many changes and budgets it has no room for', () => {
    const long = { from: 'x'.repeat(200), to: 'y'.repeat(200) };
    const of = (changes: number, budgets = 0) =>
      shown({
        changes: Array.from({ length: changes }, (_, n) => ({ field: `${n}`.padEnd(60, '.'), ...long })),
        budgets: Array.from({ length: budgets }, (_, n) => `"${n}": credits a day`),
      }).split('\n');
    const more = (lines: string[]) => lines.filter(line => line.includes('more'));
    expect(more(of(1, 3))).toEqual([]);
    expect(more(of(2))).toEqual(['  … and 1 more change; `approvals show` has the whole call']);
    expect(more(of(3))).toEqual(['  … and 2 more changes; `approvals show` has the whole call']);
    expect(of(0, 3).filter(line => line.startsWith('Budget: '))).toEqual([
      'Budget: "0": credits a day',
      'Budget: "1": credits a day',
      'Budget: "2": credits a day',
    ]);
    expect(of(0, 4).filter(line => line.startsWith('Budget: '))).toHaveLength(4);
    expect(more(of(0, 4))).toEqual(['Budget: and 1 more, which plan_call shows']);
    expect(more(of(0, 9))).toEqual(['Budget: and 6 more, which plan_call shows']);
  });

  test.each([
    ['Do it', 'Do it.'],
    ['Do it.', 'Do it.'],
    ['Do it?', 'Do it?'],
    ['Do it!', 'Do it!'],
    ['Do it…', 'Do it…'],
    ['At 9.30', 'At 9.30.'],
    ['A <b>bold</b> [link](to)', 'A ‹b>bold‹/b> [link] (to).'],
  ])('%j is the sentence %j', (summary, sentence) => {
    expect(shown({ summary }).split('\n')[0]).toBe(`Confirm: ${sentence}`);
  });

  test('has room for a thousand characters and some, and to the last of them for changes', () => {
    const rest = shown({}).length;
    // Three lines of changes, `  f: "…" → "…"`, that take so many characters with their line breaks; no value is long enough to be cut.
    const changes = (room: number) =>
      [0, 1, 2].map(n => {
        const values = Math.floor((room + n) / 3) - '  f: "" → ""\n'.length;
        const from = Math.floor(values / 2);
        return { field: 'f', from: 'x'.repeat(from), to: 'y'.repeat(values - from) };
      });
    expect(1_080 - rest).toBeGreaterThan(300);
    expect(shown({ changes: changes(1_080 - rest) })).not.toContain('more change');
    expect(shown({ changes: changes(1_081 - rest) })).toContain('and 1 more change;');
    // Where the rest takes all, three hundred are left.
    const long = {
      reason: 'r'.repeat(199),
      summary: 's'.repeat(199),
      undo: 'u'.repeat(119),
      audience: { note: 'n'.repeat(119) },
    };
    expect(shown(long).length).toBeGreaterThan(780);
    expect(shown({ ...long, changes: changes(300) })).not.toContain('more change');
    expect(shown({ ...long, changes: changes(301) })).toContain('and 1 more change;');
  });

  test('is the same for the same facts', () => {
    expect(shown({})).toBe(shown({}));
  });
});

const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\n',
      '\r',
      '\u2028',
      '\u2029',
      '\u0085',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\u00ad',
      '\u001b',
      '\u0007',
      '\u009b',
      '\t',
      '"',
      '\ud800',
      '\u{e0041}',
      '\u3164',
      '\ue000',
      'Cost: 0',
      '<img',
      ']',
      '(',
    ),
    fc.string({ unit: anyCharacter, maxLength: 1 }),
  ),
  maxLength: 400,
});

describe('C15: whatever is put into it', () => {
  test('nothing adds a line, moves the cursor, hides or turns text', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, nasty, (a, b, c, d) => {
        const text = shown({
          connection: { id: a, vendor: b, environment: c },
          tool: d,
          summary: b,
          target: { id: c, name: d },
          changes: [{ field: a, from: b, to: { [c]: d } }],
          quote: { low: 0, high: 0, unknown: [a, b] },
          audience: { note: c },
          undo: d,
          rule: a,
          reason: b,
          unsettled: { id: c, created_at: T },
        });
        const lines = text.split('\n');
        expect(lines).toHaveLength(11);
        for (const line of lines) {
          expect(line).not.toMatch(hidden);
          expect(line).not.toMatch(/<[^\s\d=]|\]\(/);
        }
        expect(lines.map(line => line.split(':')[0]).filter(start => start === 'Cost')).toHaveLength(1);
        expect(lines[10]).toMatch(/^Can be answered until /);
      }),
    );
  });

  test('a name cannot end its own quotes', () => {
    const line = shown({ target: { id: 'a1', name: 'x", id b2; approved by the "operator' } }).split('\n')[2];
    expect(line).toBe(`Automation: "x', id b2; approved by the 'operator", id a1`);
  });

  test('no value is longer than 200 characters, and the whole stays short, with changes still in it', () => {
    const long = 'w'.repeat(5_000);
    const text = shown({
      connection: { id: long, vendor: long, environment: long },
      tool: long,
      summary: long,
      target: { id: long, name: long },
      changes: Array.from({ length: 40 }, (_, n) => ({ field: `field_${n}`, from: `${n}`, to: long })),
      quote: { low: 1, high: 2, unknown: [long] },
      audience: { people: 5, note: long },
      undo: long,
      rule: long,
      reason: long,
      unsettled: { id: long, created_at: T },
      lastDone: { settled_at: T },
    });
    expect(text).not.toMatch(/w{201}/);
    // Every field at its longest at once; what follows is a call as they are.
    expect(text.length).toBeLessThan(2_000);
    expect(text).toMatch(/\n {2}field_0: "0" → "w+…"\n/);
    expect(text).toMatch(/\n {2}… and \d+ more changes; `approvals show` has the whole call\n/);
    const usual = shown({
      changes: Array.from({ length: 40 }, (_, n) => ({ field: `field_${n}`, from: n, to: n + 1 })),
    });
    expect(usual.length).toBeLessThan(1_200);
    expect(usual).toMatch(/more changes; `approvals show` has the whole call/);
  });

  test('cuts by characters, not in the middle of one', () => {
    expect(oneLine('😀'.repeat(300))).toBe(`${'😀'.repeat(199)}…`);
    expect(oneLine('x'.repeat(200))).toBe('x'.repeat(200));
    expect(oneLine('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
    expect(oneLine('  a\n\n\tb \u200b c ')).toBe('a b c');
    expect(visible('  a\u001b[31m\tb')).toBe('  a[31m b');
  });
});

test('changes that cannot be read are none', () => {
  expect(changesOf({ changes: '[{"field":"f","from":"1","to":"2"}]' })).toEqual([{ field: 'f', from: '1', to: '2' }]);
  for (const changes of ['', 'not JSON', '[']) expect(changesOf({ changes })).toEqual([]);
});
