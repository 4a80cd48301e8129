// A result takes at most 2,000 tokens of a model's attention by default, whatever a vendor sends; what comes of it and what to do next is never what is cut.
import fc from 'fast-check';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { estimate, fitted, ROOM } from '../../src/server/length.ts';
import { connect, yes } from '../fixtures.ts';
import { callsOf, fullVendor } from './full-vendor.ts';

const tokens = (text: string): number => encode(text).length;

/** The same every time, and of no pattern. */
function drawn(characters: readonly string[], length: number, seed: number): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return characters[Math.floor((state / 2_147_483_648) * characters.length)] ?? '';
  }).join('');
}
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n));
const letters = [...range(65, 90), ...range(97, 122)];
const kinds: Record<string, readonly string[]> = {
  'letters of keys': letters,
  'keys in base64': [...letters, ...range(48, 57), '+', '/'],
  'hexadecimal digits': [...'0123456789abcdef'],
  digits: range(48, 57),
  punctuation: range(33, 47),
  Cyrillic: range(0x410, 0x44f),
  accents: range(0xc0, 0xff),
  Chinese: range(0x4e00, 0x9fff),
  Korean: range(0xac00, 0xd7a3),
  emoji: range(0x1f300, 0x1f5ff),
  'a script that hardly anybody reads': range(0x12000, 0x12300),
};

describe('the estimate', () => {
  test.each(Object.entries(kinds))('is not too low for %s', (_kind, characters) => {
    for (const seed of [1, 2, 3]) {
      const text = drawn(characters, 600, seed);
      expect(estimate(text) / tokens(text)).toBeGreaterThanOrEqual(0.95);
    }
  });

  test.each([
    'The fan-out ended: 360 of 360 participants, in 31 s, at 2026-11-21T09:00:00Z. Nobody further is processed.',
    'Cannot be undone: events that were created stay, and so does what they granted. A person confirms it first.',
    'No row at all means that its trigger never matched; for each action’s outcome look at the run itself.',
  ])('is near for what we write: %s', text => {
    expect(estimate(text) / tokens(text)).toBeGreaterThanOrEqual(0.95);
    expect(estimate(text) / tokens(text)).toBeLessThanOrEqual(1.6);
  });
});

describe('what fits', () => {
  const line = fc.string({ unit: 'binary', maxLength: 120 }).map(text => text.replaceAll('\n', ' '));

  test('is whole where there is room, and else keeps its first and last lines and stays within it', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 200, max: 600 }), (between, room) => {
        const [first, last] = ['The first line.', 'Next (to go on): do_it {"id":"1"}'];
        const text = fitted([first], between, [last], room);
        expect(estimate(text)).toBeLessThanOrEqual(room);
        expect(text.split('\n')[0]).toBe(first);
        expect(text.split('\n').at(-1)).toBe(last);
        const whole = [first, ...between, last].join('\n');
        if (text !== whole) expect(text).toContain('… cut here; ask for less.');
        else expect(text).not.toContain('… cut here');
        expect(text.isWellFormed() || !whole.isWellFormed()).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('a line that alone is too long is cut wherever it stands', () => {
    const long = 'word '.repeat(4_000);
    for (const at of [0, 1, 2]) {
      const [first = [], between = [], last = []] = [0, 1, 2].map(place => (place === at ? [long] : []));
      const text = fitted(first, between, last, 500);
      expect(estimate(text)).toBeLessThanOrEqual(500);
      expect(text).toContain('word word');
    }
  });
});

test('P16: every tool at its defaults, with a vendor that sends a mebibyte of whatever takes most', async () => {
  const all = Object.values(kinds);
  let turn = 0;
  await using vendor = await fullVendor(300, length => {
    turn += 1;
    return drawn(all[turn % all.length] ?? letters, length, turn);
  });
  await using f = await connect({ person: yes, env: vendor.env });
  const sizes: string[] = [];
  let done = 0;
  for (const [name, args] of callsOf()) {
    const { text, structured, isError } = await f.call(name, args);
    const [first = ''] = text.split('\n');
    sizes.push(`${name} ${tokens(text)}/${tokens(JSON.stringify(structured))}`);
    expect(tokens(text), `${name}: ${text.slice(0, 400)}`).toBeLessThanOrEqual(2_000);
    expect(first.length, name).toBeGreaterThan(0);
    expect(tokens(JSON.stringify(structured)), name).toBeLessThanOrEqual(16_000);
    expect(text.match(/^Next \(/gm)?.length ?? 0).toBeLessThanOrEqual(3);
    if (!isError) done += 1;
  }
  process.stdout.write(`tokens of results at worst (text/structure): ${sizes.join(', ')}\n`);
  expect(done).toBeGreaterThan(10);
  expect(ROOM.usual).toBeLessThan(2_000);
});
