// The words a person types: enough of them, plain, told apart by their first letters and a last look, and drawn by chance.
import { expect, test } from 'vitest';
import { phrase } from '../../src/approvals/words.ts';
import { distance } from '../../src/closest.ts';

test('all of 64 words are drawn, each plain and unlike the others', () => {
  // Of so many draws every word is one, but for a chance that nobody will live to see.
  const words = [...new Set(phrase(5_000).split(' '))].sort();
  expect(words).toHaveLength(64);
  for (const word of words) expect(word).toMatch(/^[a-z]{4,8}$/);
  const alike = words.flatMap((one, n) =>
    words.slice(n + 1).flatMap(other => (distance(one, other) < 2 ? [one, other] : [])),
  );
  expect(alike).toEqual([]);
});

test('a phrase has as many as are asked for, one space between them', () => {
  for (const count of [1, 3]) expect(phrase(count)).toMatch(new RegExp(`^([a-z]+ ){${count - 1}}[a-z]+$`));
  // Two phrases of three words are the same once in 262,144 times, and three never are.
  expect(new Set([phrase(3), phrase(3), phrase(3)]).size).toBeGreaterThan(1);
});
