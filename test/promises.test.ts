// Every promise, control and rule of docs/security.md is named by the title of a test, and no title names one that is not there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, sources } from './imports.ts';

/** The ids at the beginning of titles, such as `P1 C4: …`; what is skipped proves nothing. */
function named(text: string): string[] {
  const titles = text.matchAll(/([\w.]*)\(\s*(['"`])((?:[PCR]\d+ )*[PCR]\d+): /g);
  return [...titles].flatMap(([, call = '', , ids = '']) => (/\.(skip|todo|fails)$/.test(call) ? [] : ids.split(' ')));
}

const document = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
const listed = [...document.matchAll(/^\| \*\*([PCR]\d+)\*\* \| (\S.*\S) \|$/gm)].map(([, id = '']) => id);
const tests = sources('test').map(({ file, text }) => ({ file, ids: named(text) }));

const numbered = (letter: string, count: number) => Array.from({ length: count }, (_, n) => `${letter}${n + 1}`);

describe('what is promised', () => {
  test('is listed whole: 18 promises, 22 controls, 16 rules', () => {
    expect(listed).toEqual([...numbered('P', 18), ...numbered('C', 22), ...numbered('R', 16)]);
  });

  test.each(listed)('%s has a test that names it', id => {
    expect(tests.filter(({ ids }) => ids.includes(id)).map(({ file }) => file)).not.toEqual([]);
  });

  test('is all that tests name', () => {
    const unknown = tests.flatMap(({ file, ids }) =>
      ids.filter(id => !listed.includes(id)).map(id => `${id} in ${file}`),
    );
    expect(unknown).toEqual([]);
  });

  test('is told by the README', () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain('(docs/security.md)');
  });
});

test.each([
  ["test('P1: a', () => {});", ['P1']],
  ['describe.concurrent.each(x)(\n  `P1 C22 R3: %s`, () => {});', ['P1', 'C22', 'R3']],
  ["test('a P1: b');", []],
  ["test('P1 : b');", []],
  ["test.skip('P1: a');", []],
  ["describe.concurrent.todo('P1: a');", []],
])('in %j it finds %j', (text, ids) => expect(named(text)).toEqual(ids));
