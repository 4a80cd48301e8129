// No form of a planted secret survives: raw, escaped, or encoded, alone or in the middle of other text.
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonRedactor, redactor } from '../src/redact.ts';
import { masked as maskedValue } from '../src/server/masked.ts';
import { anyCharacter } from './any-character.ts';

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

const bytes = (secret: string): number[] => [...Buffer.from(secret)];
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const each = (secret: string, write: (code: number, character: string) => string): string =>
  [...secret].map(character => write(character.codePointAt(0) ?? 0, character)).join('');
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

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
  'in JSON, three times': secret => [1, 2, 3].reduce(text => JSON.stringify(text), secret).slice(7, -7),
  'in JSON, with slashes escaped': secret => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'in JSON, every character escaped': secret => each(secret, code => `\\u${code.toString(16).padStart(4, '0')}`),
  'in a program': secret => each(secret, code => `\\x${hex(code)}`),
  'in a URL, every character escaped': secret => each(secret, code => `%${hex(code)}`),
  'in a URL in a URL': secret => encodeURIComponent(encodeURIComponent(secret)),
  'in HTML, by name': secret => each(secret, (_, character) => entities[character] ?? character),
  'in HTML, by number': secret => each(secret, code => `&#${code};`),
  'in HTML, by another number': secret => each(secret, code => `&#x${hex(code)};`),
  'in HTML in HTML': secret => each(secret, code => `&amp;#0${code};`),
  'in mail': secret => each(secret, code => `=${hex(code).toUpperCase()}`),
  'some of it escaped': secret => each(secret, (code, character) => (code % 2 ? `%${hex(code)}` : character)),
  'in capitals': secret => secret.toUpperCase(),
  'in small letters': secret => secret.toLowerCase(),
  'hex with colons': secret => bytes(secret).map(hex).join(':'),
  'hex, as Node prints bytes': secret => inspect(Buffer.from(secret)).slice(8, -1),
  'hex, as a program has it': secret =>
    bytes(secret)
      .map(byte => `0x${hex(byte)}`)
      .join(', '),
  'hex, a byte a line': secret => bytes(secret).map(hex).join('\n'),
  'hex, in columns': secret => bytes(secret).map(hex).join('\t'),
  'numbers, a byte a line': secret => JSON.stringify(bytes(secret), null, 2).slice(2, -2),
  'numbers, as JSON has bytes': secret => JSON.stringify(Buffer.from(secret).toJSON().data).slice(1, -1),
  base64: secret => Buffer.from(secret).toString('base64'),
  base64url: secret => Buffer.from(secret).toString('base64url'),
  'base64 in a URL': secret => encodeURIComponent(Buffer.from(secret).toString('base64').replace(/=+$/, '')),
  'base64 in short lines': secret => base64(secret, '', '').replace(/.{5}/g, '$&\n'),
  'base64 in columns': secret => base64(secret, '', '').replace(/.{5}/g, '$&\t\v'),
  'base64 in JSON': secret => Buffer.from(secret).toString('base64').replaceAll('/', '\\/'),
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
        // One look at the whole JSON text of a value finds what a look at each of its strings finds.
        const [redact, text] = [redactor([secret]), `${before}${written}${after}`];
        const value = { [text]: [{ text }, 1, null] };
        const clean = { [masked]: [{ text: masked }, 1, null] };
        expect(maskedValue(value, redact)).toEqual(clean);
        expect(JSON.parse(jsonRedactor(redact)(value))).toEqual(clean);
      }),
      { numRuns: 20 },
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
      { numRuns: 40 },
    );
  });

  test.each(['\r\n', '\\n'])('as base64 in lines that end with %j', end => {
    fc.assert(
      fc.property(anySecret, around, fc.integer({ min: 4, max: 20 }), (secret, before, width) => {
        const written = base64(secret, before, '').replaceAll(new RegExp(`.{${width}}`, 'g'), line => `${line}${end}`);
        const masked = redactor([secret])(written);
        expect(masked).toContain('[secret]');
        const left = Buffer.from(masked.replaceAll(end, '').replaceAll('[secret]', ''), 'base64').toString('latin1');
        expect(left).not.toContain(secret.slice(4));
      }),
      { numRuns: 40 },
    );
  });

  test('in JSON, right after an escape of something else, leaves JSON', () => {
    const secrets = anySecret.filter(secret => !secret.includes('\\'));
    fc.assert(
      fc.property(secrets, fc.string({ unit: anyCharacter }), fc.string({ unit: 'binary' }), (secret, one, two) => {
        // As JSON writes them, a line end ends with "n", and the first control character with "0001".
        const [afterLine, afterControl] = [`n${secret}`, `1${secret}`];
        const redact = redactor([secret, afterLine, afterControl]);
        const value = { [one + secret + two]: [`${one}\n${secret}`, `\u0001${secret}${two}`, `\\${afterLine}`] };
        for (const json of [JSON.stringify(value), JSON.stringify([JSON.stringify(value)])]) {
          const masked = redact(json);
          expect(() => JSON.parse(masked)).not.toThrow();
          expect(masked).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('several secrets, also where one is part of another', () => {
    fc.assert(
      fc.property(anySecret, anySecret, around, (one, two, text) => {
        const secrets = [one, two, `${one}${two}`, one.slice(0, -1)];
        const masked = redactor(secrets)(secrets.join(text) + JSON.stringify({ [one]: [two] }));
        for (const secret of secrets.filter(({ length }) => length >= 8)) expect(masked).not.toContain(secret);
      }),
      { numRuns: 40 },
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
