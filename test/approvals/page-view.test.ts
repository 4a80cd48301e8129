// What the approval page shows: every line of the stored text, structured and escaped, whatever a vendor, a client or an agent wrote.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newQuestion } from '../../src/approvals/approvals.ts';
import { css, js } from '../../src/approvals/page-look.ts';
import { argumentsOf, partsOf, pricesOf } from '../../src/approvals/page-parts.ts';
import { endPage, MAX_PAGE, questionPage } from '../../src/approvals/page-view.ts';
import { allChanges, type ShownFacts, shownText } from '../../src/approvals/shown.ts';
import type { QuestionRow } from '../../src/store/store.ts';
import { anyCharacter } from '../any-character.ts';
import { question, T } from '../store/rows.ts';
import { facts, quoteOf, textOf, unescaped } from './page-visitor.ts';

const row = (of: Partial<ShownFacts> = {}, more: Partial<QuestionRow> = {}): QuestionRow =>
  question({
    shown: shownText({ ...facts, now: T, expires_at: T + 600_000, ...of }),
    expires_at: T + 600_000,
    ...more,
  });
const html = (asked: QuestionRow, phrase?: string): string =>
  questionPage({ question: asked, now: T, path: `/${'P'.repeat(22)}`, csrf: 'token', phrase });
/** The tags of a page, without what is between them. */
const tags = (page: string): string[] => page.match(/<[a-z/!][^>]*>/gi) ?? [];

const nasty = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onfocus='alert(1)' autofocus='",
  '</bdi></main><form action="https://evil.test"><button>Approve</button>',
  '&lt;b&gt; &#60;i&#62; &amp;',
  '‮evod\u2066 hidden\u200b\u00ad text\u2069',
  'a\nCost: 0 credits\r\nUndo: yes\u2028WARNING: none\u0085x',
  '<!-- --> ]]> <style>*{display:none}</style>',
  '\u0000\u001b[2J\ud800 \udb40\udc41',
];

describe('C15: what a vendor, a client or an agent wrote', () => {
  test.each(nasty)('%j adds no tag and no attribute, turns and hides nothing', text => {
    const dirty = row(
      {
        summary: `Run "${text}" now`,
        target: { id: text, name: text },
        connection: { id: text, vendor: 'scrip', environment: 'production' },
        changes: [{ field: text, from: text, to: { deep: text } }],
        audience: { note: text },
        undo: text,
        reason: text,
        rule: text,
        quote: { low: 1, high: 2, unknown: [text] },
      },
      {
        client: text,
        arguments: JSON.stringify({ text }),
        quote: JSON.stringify({ lines: [{ what: text, source: text, credits: [1, 2] }] }),
      },
    );
    // Straight into the row, past the cleaning that the text gets when it is made.
    const raw = row(
      {},
      {
        shown: `Confirm: ${text.replaceAll('\n', ' ')}\nCost: ${text.replaceAll('\n', ' ')}\n  ${text.replaceAll('\n', ' ')}`,
      },
    );
    for (const asked of [dirty, raw]) {
      for (const page of [html(asked), endPage({ ...asked, state: 'rejected', decided_at: T, channel: 'page' }, T)]) {
        const known = new Set(
          tags(html(row({}, { quote: JSON.stringify(quoteOf) }))).concat(
            tags(endPage(row(), T + 1e9)),
            tags(html(raw)),
          ),
        );
        expect(tags(page).filter(tag => /script|img|style|on\w+=|evil|!--/i.test(tag) && !known.has(tag))).toEqual([]);
        expect(page.match(/<script>/g)?.length ?? 0).toBeLessThan(2);
        expect(page.match(/<form/g)?.length ?? 0).toBeLessThan(2);
        expect(page).not.toMatch(/[\p{Cf}\p{Co}\p{Cs}]|(?!\n)\p{Cc}/u);
      }
    }
  });

  test('tags are the same whatever the words are', () => {
    const shape = (text: string): string[] =>
      tags(
        html(
          row(
            { summary: text, undo: text, reason: text, target: { id: 'id', name: text } },
            { client: text, arguments: JSON.stringify({ text }) },
          ),
        ),
      );
    const plain = shape('word');
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 60 }), text => {
        expect(shape(`x${text}x`)).toEqual(plain);
      }),
    );
  });
});

describe('the stored text', () => {
  test('is shown whole: every word of every line', () => {
    const asked = row({
      unsettled: { id: 'b'.repeat(32), created_at: T - 900_000 },
      lastDone: { settled_at: T - 60_000 },
      quote: { low: 2, high: 9, unknown: ['"call": its price per minute is not known'] },
      changes: [
        { field: 'a: b', from: 'x → y', to: 'z' },
        { field: 'n', from: 1 },
        { field: 'm', to: [1, 2] },
      ],
    });
    const said = textOf(html(asked));
    const loose = (text: string) => text.replace(/[\s:→;,()]+/g, ' ').toLowerCase();
    for (const line of asked.shown.split('\n')) {
      if (line === 'Changes:' || line.startsWith('Can be answered until')) continue;
      const words = line.replace(/^(Confirm|Asked by rule "[^"]*"): /, '').replace(/^WARNING/, 'Warning');
      expect(loose(said)).toContain(loose(words).trim());
    }
  });

  test('comes apart in one way only: a change that could be read in two is shown as it stands', () => {
    const of = (line: string) => partsOf({ shown: `Confirm: x.\nChanges:\n  ${line}`, changes: '[]' }).changes;
    expect(of('enabled: false → true')).toEqual([{ field: 'enabled', from: 'false', to: 'true' }]);
    expect(of('a: "x → y" → "z"')).toEqual(['a: "x → y" → "z"']);
    expect(of('… and 3 more changes; `approvals show` has the whole call')).toEqual([
      '… and 3 more changes; `approvals show` has the whole call',
    ]);
    expect(of('no colon → here')).toEqual(['no colon → here']);
    expect(of('n: 1 → 2')).toEqual([{ field: 'n', from: '1', to: '2' }]);
    expect(of(': 1 → 2')).toEqual([': 1 → 2']);
  });

  test('comes in any order, with blank lines; a label counts at the beginning of a line alone', () => {
    const parts = (...lines: string[]) => partsOf({ shown: lines.join('\n'), changes: '[]' });
    expect(
      parts(
        'WARNING: w: v',
        '',
        'Confirm: Do it.',
        '   ',
        'Cost: 1 credit: at most',
        'Asked by rule "r": because: so',
        'Can be answered until x',
      ),
    ).toEqual({
      title: 'Do it.',
      warnings: ['w: v'],
      facts: [['Cost', '1 credit: at most']],
      changes: [],
      reason: { rule: 'r', text: 'because: so' },
      rest: [],
    });
    const rest = ['1 Cost: 2 credits', 'So Asked by rule "r": why', 'Cost', 'So Can be answered until x'];
    expect(parts(...rest)).toEqual({ title: '', warnings: [], facts: [], changes: [], rest });
  });

  test('a line that the page has no place for is shown all the same', () => {
    const asked = row({}, { shown: 'Confirm: Do it.\nMarker: 12 is added\nSomething else.\nConfirm: again' });
    expect(partsOf(asked).rest).toEqual(['Marker: 12 is added', 'Something else.', 'Confirm: again']);
    for (const line of ['Marker: 12 is added', 'Something else.', 'Confirm: again'])
      expect(textOf(html(asked))).toContain(line);
  });
});

describe('the row’s own columns', () => {
  test('the price, line by line; a quote without lines, or that is none, shows nothing', () => {
    expect(pricesOf({ quote: JSON.stringify(quoteOf) })).toEqual([
      { what: '"send_sms"', credits: '2 to 10', source: 'live price list' },
      { what: '"send_email"', credits: '2', source: 'live price list' },
      { what: '"create_task"', credits: '0', source: 'stays within TrustPager, not billed as a send' },
    ]);
    expect(pricesOf({ quote: '{"lines":[{"what":"call","source":"nowhere"},null,{"credits":3}]}' })).toEqual([
      { what: 'call', credits: 'unknown', source: 'nowhere' },
      { what: '', credits: 'unknown', source: '' },
      { what: '', credits: 'unknown', source: '' },
    ]);
    const many = { lines: Array.from({ length: 13 }, (_, n) => ({ what: n, credits: [n, n] })) };
    expect(pricesOf({ quote: JSON.stringify(many) }).map(({ what }) => what)).toEqual(
      Array.from({ length: 12 }, (_, n) => `${n}`),
    );
    for (const quote of ['null', '{}', '3', '[]', '{"lines":3}', 'not JSON']) expect(pricesOf({ quote })).toEqual([]);
  });

  test('the arguments, indented; what is no JSON as it stands', () => {
    expect(argumentsOf({ arguments: '{"a":{"b":1}}' })).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
    expect(argumentsOf({ arguments: 'not\u202e JSON' })).toBe('not JSON');
  });

  test('every change whole, also those that the text has no room for; what differs in long ones is set apart', () => {
    const filter = (tier: string) =>
      `participant.tier == "${tier}" && participant.last_visit < now() - duration("2160h") && participant.points > 100 && size(participant.tags) > 0`;
    const changes = [
      { field: 'participant_filter', from: filter('gold'), to: filter('platinum') },
      ...Array.from({ length: 20 }, (_, n) => ({ field: `field_${n}`, from: `from ${n} ${'.'.repeat(90)}`, to: n })),
      { field: 'last', to: { deep: ['x'] } },
    ];
    const asked = row({ changes }, { changes: JSON.stringify(allChanges(changes)) });
    expect(asked.shown).not.toContain('tags');
    expect(asked.shown).toContain('and 20 more changes');
    const page = html(asked);
    const said = textOf(page);
    for (const tier of ['gold', 'platinum'])
      expect(said.replace(/\s/g, '')).toContain(filter(tier).replaceAll('"', "'").replace(/\s/g, ''));
    for (let n = 0; n < 20; n++) expect(said).toContain(`field_${n} "from ${n} `);
    expect(said).toContain('last not set {"deep":["x"]}');
    expect(page.match(/<tr>/g)).toHaveLength(1 + changes.length);
    expect(page).toContain('<b>gold</b>');
    expect(page).toContain('<b>platinum</b>');
    expect(said).not.toContain('approvals show');
  });

  test.each([
    ['abc.d.efgh', 'abc.X.efgh', 'abc.<b>d</b>.efgh', 'abc.<b>X</b>.efgh'],
    ['abcdefgh', 'abcdefgh and more', 'abcdefgh', 'abcdefgh<b> and more</b>'],
    ['in weekly runs', 'in winter runs', 'in <b>weekly</b> runs', 'in <b>winter</b> runs'],
    ['after 2160h ago', 'after 4320h ago', 'after <b>2160h</b> ago', 'after <b>4320h</b> ago'],
    ['some new words', 'some words', 'some <b>new </b>words', 'some words'],
    ['the same', 'the same', 'the same', 'the same'],
    ['........', '..........', '........', '........<b>..</b>'],
    ['run it weekly', 'run it weekly2', 'run it <b>weekly</b>', 'run it <b>weekly2</b>'],
    ['run it weekly2', 'run it weekly', 'run it <b>weekly2</b>', 'run it <b>weekly</b>'],
    ['weekly runs it', '2weekly runs it', '<b>weekly</b> runs it', '<b>2weekly</b> runs it'],
    ['2weekly runs it', 'weekly runs it', '<b>2weekly</b> runs it', '<b>weekly</b> runs it'],
    ['true', 'false', 'true', 'false'],
    ['not set', '"x"', 'not set', '&#34;x&#34;'],
    ['😀😀😀😀😀😀a', '😀😀😀😀😀😀b', '😀😀😀😀😀😀<b>a</b>', '😀😀😀😀😀😀<b>b</b>'],
    ['&&&&&&&&<', '&&&&&&&&>', `${'&#38;'.repeat(8)}<b>&#60;</b>`, `${'&#38;'.repeat(8)}<b>&#62;</b>`],
  ])('%s and %s', (from, to, now, then) => {
    const page = html(row({}, { changes: JSON.stringify([{ field: 'f', from, to }]) }));
    expect(page).toContain(`<del><bdi>${now}</bdi></del></td><td><ins><bdi>${then}</bdi></ins>`);
  });

  test('P16: a page is at most 64 KB; changes and arguments that are too long are cut, and it says where the rest is', () => {
    const { expires_at: _, ...of } = { ...facts };
    const changes = Array.from({ length: 50 }, () => ({
      field: "'".repeat(60),
      from: "'".repeat(4_000),
      to: "'".repeat(4_000),
    }));
    const big = newQuestion({
      now: T,
      expires_at: T + 600_000,
      digest: 'd',
      call: 'c',
      tool: facts.tool,
      connection: 'main',
      principal: 'local',
      client: "'".repeat(64),
      arguments: { text: '<&"é𝒳>'.repeat(30_000) },
      target_version: 'v',
      policy_version: 'p',
      quote: {
        lines: Array.from({ length: 40 }, () => ({ what: '<'.repeat(60), source: "'".repeat(80), credits: [1, 2] })),
      },
      approver: 'anyone',
      verdict: 'ask_human',
      rule: 'quote',
      shown: shownText({ ...of, expires_at: T + 600_000, now: T, changes }),
      changes: allChanges(changes),
    });
    const page = html(big, 'one two three');
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(MAX_PAGE);
    const where = `in a terminal: automations-mcp approvals show ${big.id.slice(0, 12)}`;
    for (const said of [`the rest is ${where}`, `… and 49 more, ${where}`])
      expect(textOf(page)).toMatch(new RegExp(`${said.replaceAll('.', '\\.')}(?![0-9a-f])`));
    expect(page).not.toMatch(/\ufffd/);
    expect(Buffer.byteLength(html(row({}, { quote: JSON.stringify(quoteOf) })))).toBeLessThan(10_000);
  });
});

describe('what a page cuts', () => {
  const argumentsIn = (page: string): string => /aria-label="Arguments">([\s\S]*?)<\/pre>/.exec(page)?.[1] ?? '';

  test('arguments are cut between characters, wherever that falls, and are shown up to there as they stand', () => {
    for (let shift = 0; shift < 9; shift++) {
      const given = { text: `${'a'.repeat(shift)}${'<é&𝒳'.repeat(9_000)}` };
      const [begin = '', rest = ''] = argumentsIn(html(row({}, { arguments: JSON.stringify(given) }))).split('\n… ');
      expect(rest).toMatch(/^the rest is in a terminal: /);
      expect(begin).not.toMatch(/&[^;]*$/);
      const shown = unescaped(begin);
      expect(shown.length).toBeGreaterThan(5_000);
      expect(JSON.stringify(given, null, 2).startsWith(shown)).toBe(true);
    }
    expect(argumentsIn(html(row({}, { arguments: '{"a":"<"}' })))).toBe('{\n  &#34;a&#34;: &#34;&#60;&#34;\n}');
  });

  test('one change is shown however long it is, those after it are counted', () => {
    const long = { field: 'f', from: 'x'.repeat(25_000), to: 'y' };
    const page = (count: number) => html(row({}, { changes: JSON.stringify(Array(count).fill(long)) }));
    expect(page(1)).toContain('x'.repeat(25_000));
    expect(page(1)).not.toContain(' more, in a terminal');
    expect(page(2)).toContain('… and 1 more, in a terminal');
  });
});

describe('the facts', () => {
  const facts = (...lines: string[]) =>
    /<section><dl>(.*?)<\/dl>/.exec(html(row({}, { shown: ['Confirm: x.', ...lines].join('\n'), changes: '[]' })))?.[1];

  test.each([
    [
      'Account: main (trustpager, production); tool t',
      '<bdi>main</bdi> <span class="tag production">trustpager, production</span><small>tool t</small>',
    ],
    ['Account: main', '<bdi>main</bdi>'],
    ['Undo: a (b, production); tool c', '<bdi>a (b, production); tool c</bdi>'],
    ['Automation: "a", id b', '<bdi>&#34;a&#34;</bdi><small>id b</small>'],
    ['Automation: an "a", id b', '<bdi>an &#34;a&#34;, id b</bdi>'],
    ['Automation: "a", id b and more', '<bdi>&#34;a&#34;, id b and more</bdi>'],
    ['Undo: "a", id b', '<bdi>&#34;a&#34;, id b</bdi>'],
    ['Cost: 1 credit; 2 left', '<b><bdi>1 credit</bdi></b>; <bdi>2 left</bdi>'],
    ['Reaches: all', '<b><bdi>all</bdi></b>'],
    ['Budget: a; b', '<bdi>a; b</bdi>'],
  ])('%s', (line, inner) => {
    expect(facts(line)).toBe(`<dt>${line.split(':')[0]}</dt><dd>${inner}</dd>`);
  });
});

test('a question that says little is a page of little', () => {
  const bare = (shown: string) => html(row({}, { shown, changes: '[]', quote: 'null' }));
  const between = (page: string) => /<\/h1><\/div>(.*?)<details>/s.exec(page)?.[1];
  expect(between(bare('Confirm: x.'))).toBe('<section><dl></dl></section>');
  expect(between(bare('Confirm: x.\nSo.'))).toBe(
    '<section><dl></dl></section><section><h2>Why you are asked</h2><p><bdi>So.</bdi></p></section>',
  );
  expect(between(bare('Confirm: x.\nAsked by rule "r": so'))).toBe(
    '<section><dl></dl></section><section><h2>Why you are asked</h2><p><bdi>so</bdi></p><p class="soft">Rule: <bdi>r</bdi></p></section>',
  );
});

test('style and script hold nothing that would end them, and nothing from elsewhere', () => {
  for (const text of [css, js]) expect(text).not.toMatch(/<\/|https?:|url\(|@import|innerHTML|eval/);
});
