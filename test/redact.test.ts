// No form of a planted secret survives: raw, escaped, or encoded, alone or in the middle of other text.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactor } from '../src/redact.ts';

const printable = fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code));
const anySecret = fc.oneof(
  fc.stringMatching(/^sk_[A-Za-z0-9]{8,40}$/),
  fc.stringMatching(/^tp_live_[A-Za-z0-9_-]{8,40}$/),
  // What an operator may have chosen: any characters that fit into a header.
  fc.string({ unit: printable, minLength: 8, maxLength: 48 }).filter(secret => /\S{4}/.test(secret)),
);
const around = fc.string({ unit: fc.constantFrom(...'0123456789 .,\n'), maxLength: 20 });

const base64 = (secret: string, before: string, after: string): string =>
  Buffer.from(before + secret + after).toString('base64');

/** How a secret may be written without being itself. */
const forms: Record<string, (secret: string) => string> = {
  raw: secret => secret,
  reversed: secret => [...secret].reverse().join(''),
  hex: secret => Buffer.from(secret).toString('hex'),
  'hex in capitals': secret => Buffer.from(secret).toString('hex').toUpperCase(),
  'in a URL': encodeURIComponent,
  'in a URL, in small letters': secret => encodeURIComponent(secret).replace(/%../g, hex => hex.toLowerCase()),
  'in a form': secret => new URLSearchParams({ '': secret }).toString().slice(1),
  'in JSON': secret => JSON.stringify(secret).slice(1, -1),
  'in JSON in JSON': secret => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  base64: secret => Buffer.from(secret).toString('base64'),
  base64url: secret => Buffer.from(secret).toString('base64url'),
};

describe('C2: a planted secret', () => {
  test.each(Object.entries(forms))('%s', (_name, form) => {
    fc.assert(
      fc.property(anySecret, around, around, (secret, before, after) => {
        const written = form(secret);
        const masked = redactor([secret])(`${before}${written}${after}`);
        expect(masked).not.toContain(written);
        expect(masked).not.toContain(secret);
        expect(masked).toContain('[secret]');
      }),
      { numRuns: 300 },
    );
  });

  test.each(['base64', 'base64url'] as const)('inside other text as %s, at any alignment', encoding => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^sk_[A-Za-z]{10,40}$/),
        around,
        around,
        around,
        (secret, before, after, outside) => {
          const written = base64(secret, before, after);
          const text = encoding === 'base64' ? written : Buffer.from(written, 'base64').toString('base64url');
          const masked = redactor([secret])(`${outside}\t${text}\t${outside}`);
          expect(masked).toContain('[secret]');
          // Read what is left with every alignment: at most two letters at either end are still there.
          const pieces = masked.split(/\[secret\]|\t/).flatMap(piece => [0, 1, 2, 3].map(cut => piece.slice(cut)));
          const left = pieces.map(piece => Buffer.from(piece, encoding).toString('latin1')).join('\n');
          const parts = Array.from({ length: secret.length - 3 }, (_, at) => secret.slice(at, at + 4));
          expect(parts.filter(part => left.includes(part))).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('several secrets, also where one is part of another', () => {
    fc.assert(
      fc.property(anySecret, anySecret, around, (one, two, text) => {
        const secrets = [one, two, `${one}${two}`, one.slice(0, -1)];
        const masked = redactor(secrets)(secrets.join(text) + JSON.stringify({ [one]: [two] }));
        for (const secret of secrets.filter(({ length }) => length >= 8)) expect(masked).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  test('every time it occurs', () => {
    const masked = redactor(['sk_0123456789abcdef'])('sk_0123456789abcdef '.repeat(50));
    expect(masked).toBe('[secret] '.repeat(50));
  });

  test('masking once is enough', () => {
    fc.assert(
      fc.property(anySecret, around, (secret, text) => {
        const redact = redactor([secret]);
        const once = redact(`${text}${secret}${text}`);
        expect(redact(once)).toBe(once);
      }),
    );
  });
});

describe('C16: what only looks like a key', () => {
  test.each([
    ['tp_live_0123456789abcdef', '[secret]'],
    ['tp_test_0123456789abcdef', '[secret]'],
    ['sk_0123456789abcdef', '[secret]'],
    ['sk_live_0123456789abcdef', '[secret]'],
    ['Bearer tp_live_0123456789abcdef, and more', 'Bearer [secret], and more'],
    ['{"key":"sk_0123456789abcdef"}', '{"key":"[secret]"}'],
    ['https://x.test/?k=sk_0123456789abcdef&n=1', 'https://x.test/?k=[secret]&n=1'],
    ["unknown option '--scrip-api-key=sk_0123456789abcdef'", "unknown option '--scrip-api-key=[secret]'"],
  ])('%s is masked although nobody named it', (text, masked) => expect(redactor([])(text)).toBe(masked));

  test.each([
    'ask_someone_about_the_automation',
    'task_0123456789abcdef',
    'sk_short',
    'tp_live_',
    'desk_0123456789abcdef',
  ])('%s is not', text => expect(redactor([])(text)).toBe(text));
});

describe('ordinary text', () => {
  test('is left as it is', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(!text.includes('0x7h3s3cr37'));
        expect(redactor(['0x7h3s3cr37-0x7h3s3cr37'])(text)).toBe(text);
      }),
    );
  });

  test('an unset, empty or short secret masks nothing', () => {
    const text = 'a short secret, such as abc1234, would eat ordinary text';
    expect(redactor([undefined, '', 'a', 'short', 'abc1234'])(text)).toBe(text);
  });
});
