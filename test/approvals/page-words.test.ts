// Every page as it is sent, word for word, without its style and script: what a person reads before saying yes changes only on purpose.
import { describe, expect, test } from 'vitest';
import { noticePage, onwardPage } from '../../src/approvals/page-frame.ts';
import { css, js, submit } from '../../src/approvals/page-look.ts';
import { carrierFile, endPage, questionPage } from '../../src/approvals/page-view.ts';
import { shownText } from '../../src/approvals/shown.ts';
import type { QuestionRow } from '../../src/store/store.ts';
import { question, T } from '../store/rows.ts';
import { facts, quoteOf } from './page-visitor.ts';

/** One tag a line, and of style and script their names. */
const page = (html: string): string =>
  html
    .replace(css, 'STYLE')
    .replace(js, 'SCRIPT')
    .replace(submit, 'SUBMIT')
    .replace(/'sha256-[\w+/=]+'/g, "'sha256-…'")
    .replace(/(?<!\n)<(?=\w)/g, '\n<');

const row = (of: Partial<QuestionRow> = {}): QuestionRow =>
  question({
    id: '0123456789abcdef0123456789abcdef',
    client: 'Claude Desktop',
    quote: JSON.stringify(quoteOf),
    changes: '[]',
    shown: shownText({
      ...facts,
      budgets: ['"daily": credits a day, at most 100; 12 used, this call may need 12'],
      unsettled: { id: 'f'.repeat(32), created_at: T - 900_000 },
      now: T,
      expires_at: T + 600_000,
    }),
    expires_at: T + 600_000,
    ...of,
  });
const asking = { question: row(), now: T, path: `/${'P'.repeat(22)}`, csrf: 'csrf' };

describe('a question', () => {
  test('that is open', () => {
    expect(page(questionPage(asking))).toMatchSnapshot();
  });

  test('that wants words typed', () => {
    expect(page(questionPage({ ...asking, phrase: 'amber otter zinc' }))).toMatchSnapshot();
  });

  test('whose words were not the right ones', () => {
    expect(page(questionPage({ ...asking, phrase: 'amber otter zinc', mistyped: true }))).toMatchSnapshot();
  });

  test.each([
    [600_000, '10:00'],
    [599_001, '10:00'],
    [599_000, '9:59'],
    [61_000, '1:01'],
    [1, '0:01'],
    [0, '0:00'],
    [-5_000, '0:00'],
  ])('%s ms before it expires says %s', (left, said) => {
    expect(questionPage({ ...asking, now: asking.question.expires_at - left })).toContain(`>${said}</b>`);
  });
});

describe('a question that is over', () => {
  const head = (of: Partial<QuestionRow>, late = false, now = T + 1) =>
    /<div class="head state (\w+)" role="status">(.*?)<\/div>/
      .exec(endPage(row(of), now, late))
      ?.slice(1)
      .join(': ')
      .replace(/<\/?\w+[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');

  test('stands there whole, without buttons', () => {
    expect(page(endPage(row({ state: 'rejected', channel: 'page' }), T))).toMatchSnapshot();
  });

  test.each<[string, Partial<QuestionRow>, string]>([
    [
      'replaced',
      { state: 'rejected', channel: 'replaced' },
      'expired: Replaced A newer question took the place of this one. Nothing was sent because of it.',
    ],
    [
      'used',
      { state: 'consumed', channel: 'page', usable_until: T },
      'approved: Approved It was answered on this page. The yes was used, once; the agent was told what came of it.',
    ],
    [
      'approved, and not used yet',
      { state: 'approved', channel: 'client', usable_until: T + 2 },
      'approved: Approved It was answered in the client. The waiting call goes on by itself; if it gave up, the agent makes the same call again, and it is sent once.',
    ],
    [
      'approved too long ago',
      { state: 'approved', channel: 'client', usable_until: T + 1 },
      'expired: Expired The yes was not used in time. Nothing was sent; the same call asks again.',
    ],
    [
      'rejected',
      { state: 'rejected', channel: 'terminal' },
      'rejected: Rejected It was answered in a terminal. Nothing was sent, and the agent was told no.',
    ],
    [
      'rejected by another person',
      { state: 'rejected', channel: 'page', decided_by: 'bo' },
      'rejected: Rejected It was answered on this page, by bo . Nothing was sent, and the agent was told no.',
    ],
    [
      'rejected by whoever sits there',
      { state: 'rejected', channel: 'page', decided_by: 'local' },
      'rejected: Rejected It was answered on this page. Nothing was sent, and the agent was told no.',
    ],
    [
      'rejected who knows where',
      { state: 'rejected', channel: null },
      'rejected: Rejected It was answered elsewhere. Nothing was sent, and the agent was told no.',
    ],
    [
      'not answered',
      { expires_at: T + 1 },
      'expired: Expired Nobody answered in time. Nothing was sent; the same call asks again.',
    ],
  ])('%s', (_, of, said) => {
    expect(head(of)).toBe(`${said} You can close this window. `);
    const [kind, title, rest] = [said.split(':')[0], said.split(' ')[1], said.split(' ').slice(2).join(' ')];
    expect(head(of, true)).toBe(
      `${kind}: ${title} Too late: your answer changed nothing. ${rest} You can close this window. `,
    );
  });
});

test('the other pages, and the file that is opened', () => {
  expect(page(noticePage('Refused', 'That is no answer. Nothing was approved.'))).toMatchSnapshot();
  expect(page(onwardPage(`/${'P'.repeat(22)}`))).toMatchSnapshot();
  expect(page(carrierFile('http://127.0.0.1:1', 'P'.repeat(22), 'secret'))).toMatchSnapshot();
});
