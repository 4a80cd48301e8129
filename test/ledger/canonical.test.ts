// Canonical JSON and its digests: one text for one meaning, and never one text for two.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callDigest, canonical, questionDigest, versionOf } from '../../src/ledger/canonical.ts';
import { anyCharacter } from '../any-character.ts';

const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const objects = fc.dictionary(fc.string({ unit: anyCharacter, maxLength: 6 }), json, { maxKeys: 8 });

/** The same value with every object's keys in another order. */
function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map(one => shuffled(one, seed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, shuffled(member, seed)] as const);
  const turned = seed % 2 ? entries.reverse() : [...entries.slice(seed % 3), ...entries.slice(0, seed % 3)];
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, member] of turned) out[key] = member;
  return out;
}

describe('canonical JSON', () => {
  test.each([
    [
      'the example of RFC 8785',
      { peach: 'x', '\u20ac': 'Euro', '\r': 'CR', '1': 'One', '\u00f6': 'o', '\ufb33': 'D', '\ud83d\ude00': 'S' },
      '{"\\r":"CR","1":"One","peach":"x","ö":"o","€":"Euro","😀":"S","\ufb33":"D"}',
    ],
    ['minus zero is zero', [-0, 0], '[0,0]'],
    [
      'numbers as ECMAScript writes them',
      [1e21, 1e-7, 0.1, 333333333.3333333, 1e30, 4.5, 2e-3],
      '[1e+21,1e-7,0.1,333333333.3333333,1e+30,4.5,0.002]',
    ],
    ['undefined is not there', { a: undefined, b: { c: undefined } }, '{"b":{}}'],
    ['null is', { a: null }, '{"a":null}'],
    ['digits sort as text', { 10: 1, 9: 2 }, '{"10":1,"9":2}'],
    ['a lone surrogate is escaped', ['\ud800'], '["\\ud800"]'],
    ['__proto__ is a key like others', JSON.parse('{"__proto__":1,"a":2}'), '{"__proto__":1,"a":2}'],
    ['order in lists is meaning', [2, 1], '[2,1]'],
  ])('%s', (_, value, text) => {
    expect(canonical(value)).toBe(text);
  });

  const plain = 'only plain objects have a canonical form';
  test.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'NaN has no canonical form'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity has no canonical form'],
    ['a date', new Date(0), plain],
    ['a map', new Map(), plain],
    ['a bigint', 1n, 'bigint has no canonical form'],
    ['a function', () => 1, 'function has no canonical form'],
    ['undefined', undefined, 'undefined has no canonical form'],
    ['a hole in a list', [undefined], 'undefined has no canonical form'],
    ['a symbol', Symbol('x'), 'symbol has no canonical form'],
  ])('refuses %s, which JSON cannot say', (_, value, message) => {
    expect(() => canonical({ value: [value] })).toThrow(new TypeError(message));
  });

  test('says what it was given: parsing it back gives the same value', () => {
    fc.assert(
      fc.property(json, value => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(objects, fc.nat(5), (value, seed) => {
        expect(canonical(shuffled(value, seed))).toBe(canonical(value));
      }),
    );
  });

  test('sorts keys by UTF-16 code units', () => {
    fc.assert(
      fc.property(objects, value => {
        const keys = Object.keys(value).sort();
        expect(canonical(value)).toBe(
          `{${keys.map(key => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`,
        );
      }),
    );
  });

  test('gives two different values two texts', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const same = JSON.stringify(shuffled(a, 0)) === JSON.stringify(shuffled(b, 0));
        if (!same && canonical(a) === canonical(b))
          expect(JSON.parse(JSON.stringify(a))).toEqual(JSON.parse(JSON.stringify(b)));
      }),
    );
    fc.assert(
      fc.property(json, value => {
        expect(canonical([value])).not.toBe(canonical([[value]]));
      }),
    );
  });
});

describe('digests', () => {
  const call = {
    tool: 'scrip_trigger_automation',
    arguments: { automation_id: 'a1', n: 1 },
    connection: 'main',
    principal: 'local',
  };
  const question = { call: callDigest(call), client: 'claude', target_version: 'v1', policy_version: 'p1' };

  test('are 64 hexadecimal characters, and stay what they are: rows of an earlier version must still match', () => {
    expect([callDigest(call), questionDigest(question), versionOf({ name: 'x' })]).toMatchSnapshot();
    expect(callDigest(call)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('do not depend on the order of keys', () => {
    expect(callDigest({ ...call, arguments: { n: 1, automation_id: 'a1' } })).toBe(callDigest(call));
  });

  test('change with every part', () => {
    const calls = [
      call,
      { ...call, tool: 't' },
      { ...call, arguments: {} },
      { ...call, connection: 'c' },
      { ...call, principal: 'p' },
    ];
    expect(new Set(calls.map(callDigest)).size).toBe(calls.length);
    const questions = [
      question,
      { ...question, call: 'c' },
      { ...question, client: 'c' },
      { ...question, target_version: 'c' },
      { ...question, policy_version: 'c' },
    ];
    expect(new Set(questions.map(questionDigest)).size).toBe(questions.length);
    expect(versionOf({ a: 1 })).not.toBe(versionOf({ a: 2 }));
  });

  test('of two parts are never those of the same text cut elsewhere', () => {
    expect(callDigest({ ...call, connection: 'a', principal: 'bc' })).not.toBe(
      callDigest({ ...call, connection: 'ab', principal: 'c' }),
    );
  });
});
