// Vendor text is data: what a vendor or its customers wrote is made harmless before a person or a model reads it (reliability.md C15).

/**
 * Controls, format characters (bidirectional marks and zero widths among them), private use, lone surrogates, and everything that
 * Unicode says may be drawn as nothing: variation selectors, tag characters and fillers carry hidden text just as well.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Line and paragraph ends become spaces before controls go, so that words stay apart. */
const breaks = /[\s\u0085\u2028\u2029]+/gu;

/** What opens a tag, a comment, a closing tag or a chat template's marker; `a < 5` and `a <= b` stay readable. */
const tagOpening = /<(?=[^\s\d=])/gu;

/** One line of at most `max` characters (code points), cut with an ellipsis. */
export function clean(text: string, max = 200): string {
  const line = text
    .replace(breaks, ' ')
    .replace(invisible, '')
    // Again, because what was invisible may have stood between two spaces.
    .replace(breaks, ' ')
    .trim();
  const characters = Array.from(line);
  const cut =
    characters.length <= max
      ? line
      : `${characters
          .slice(0, Math.max(0, max - 1))
          .join('')
          .trimEnd()}…`;
  return cut.replace(tagOpening, '‹');
}

/** The cleaned text in double quotes; quotes inside become single, so that it cannot end early. */
export const quote = (text: string, max = 200): string => `"${clean(text, max).replaceAll('"', "'")}"`;
