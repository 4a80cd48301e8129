// Words that a person is shown and must type: short, unlike each other, and not what a script would answer unasked.
import { randomInt } from 'node:crypto';

const words = (
  'acorn amber anchor barley basil beacon birch bramble cactus canyon cedar cobalt copper coral cricket dahlia ' +
  'easel falcon fennel garnet ginger glacier hazel heron indigo island jasmine juniper kettle lantern lemon lilac ' +
  'magnet maple marble meadow nectar nutmeg ocean olive orchid otter pebble pepper pigeon quartz raven ribbon ' +
  'saddle saffron silver sparrow thistle timber tulip unicorn velvet violet walnut willow winter yarrow zephyr zinc'
).split(' ');

/** So many words that follow from these random bytes, one for each: there are 64 words, so every one is as likely as any other. */
export const phraseOf = (bytes: Uint8Array, count: number): string =>
  Array.from({ length: count }, (_, n) => words[(bytes[n] ?? 0) % words.length]).join(' ');

/** So many words, one space between them. */
export const phrase = (count: number): string =>
  Array.from({ length: count }, () => words[randomInt(words.length)]).join(' ');
