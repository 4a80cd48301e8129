// No id, whatever it holds, reaches another endpoint (reliability.md C6).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { baseUrlOf, draw } from '../../src/vendors/literal.ts';
import { path, scripId, trustpagerId } from '../../src/vendors/path.ts';
import { anyCharacter } from '../any-character.ts';

const uuid = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f01';

describe('C6: ids', () => {
  test('Scrip takes UUIDs only', () => {
    expect(scripId(uuid)).toBe(uuid);
    expect(scripId(uuid.toUpperCase())).toBe(uuid.toUpperCase());
    for (const id of [
      '',
      'a1',
      `${uuid}x`,
      ` ${uuid}`,
      `${uuid}\n`,
      uuid.replaceAll('-', ''),
      '../..',
      5 as never,
      null as never,
      undefined as never,
    ])
      expect(() => scripId(id)).toThrow(Failure);
  });

  test('TrustPager takes what is safe in a path', () => {
    for (const id of [uuid, 'a', '0', 'aut_01-B', 'x'.repeat(64)]) expect(trustpagerId(id)).toBe(id);
    for (const id of [
      '',
      '-a',
      '_a',
      '.',
      '..',
      'a/b',
      'a%2fb',
      'a b',
      'a?b',
      'a#b',
      'ä',
      'a\n',
      'x'.repeat(65),
      {} as never,
    ])
      expect(() => trustpagerId(id)).toThrow(Failure);
  });

  test('the refusal says what was seen, cleaned, and that nothing was sent', () => {
    try {
      scripId('<b>\u202e"x"', 'The program id');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        outcome: 'not_sent',
        code: 'invalid_input',
        message: `The program id is "‹b>'x'", which is not a UUID; nothing was sent.`,
      });
    }
  });
});

const hostile = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.string({ unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'f', '?', '#', ':', '@', 'a', ' ', '\n') }),
  fc.constantFrom('..', '.', '%2e%2e', '..%2f', 'runs/x', 'a/../..', '', ' ', uuid),
);

test('C6: a path is refused, or stays where it was put', () => {
  const base = baseUrlOf('https://api.trustpager.com/functions/v1/api/v1', 'TrustPager');
  fc.assert(
    fc.property(hostile, hostile, (a, b) => {
      let made: string;
      try {
        made = path`/automations/${a}/actions/${b}/execute`;
      } catch (error) {
        expect(error).toMatchObject({ outcome: 'not_sent', code: 'invalid_input' });
        return;
      }
      const parts = made.split('/');
      expect(parts).toHaveLength(6);
      expect([parts[1], parts[3], parts[5]]).toEqual(['automations', 'actions', 'execute']);
      const { url } = draw(base, { method: 'POST', path: made, pace: 'run' }, {});
      expect(url).toBe(`https://api.trustpager.com/functions/v1/api/v1${made}`);
    }),
    { numRuns: 2_000 },
  );
});

test('C6: a path that was not made by path() is refused, or stays below the base URL', () => {
  const base = baseUrlOf('https://api.scrip.dev/v1', 'Scrip');
  fc.assert(
    fc.property(hostile, text => {
      try {
        const { url } = draw(base, { method: 'GET', path: `/${text}`, pace: 'read' }, {});
        expect(url.startsWith('https://api.scrip.dev/v1/')).toBe(true);
        expect(new URL(url).pathname.split('/')).not.toContain('..');
      } catch (error) {
        expect(error).toMatchObject({ outcome: 'not_sent', code: 'internal_error' });
      }
    }),
    { numRuns: 2_000 },
  );
});
