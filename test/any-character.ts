// Any character there is, for property tests: the same as fast-check's own `binary`, which takes two seconds to make in every process.
import fc from 'fast-check';

/** Half of a pair is no character. */
const HALVES = { from: 0xd800, count: 0x800 };

export const anyCharacter: fc.Arbitrary<string> = fc
  .integer({ min: 0, max: 0x10ffff - HALVES.count })
  .map(code => String.fromCodePoint(code < HALVES.from ? code : code + HALVES.count));
