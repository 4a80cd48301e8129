// What a question looks like in a terminal: its whole record, its place in a list, and one line for what became of it.
import { type Status, status } from '../approvals/approvals.ts';
import { changeLine, changesOf, moment, oneLine, visible } from '../approvals/shown.ts';
import type { QuestionRow } from '../store/store.ts';

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1_000))} s`;

const states: Record<Status, string> = {
  open: 'open',
  approved: 'approved, and not used yet',
  rejected: 'rejected',
  expired: 'expired',
  consumed: 'approved and used',
};

/** Closed by a newer question rather than by a person. */
export const said = (question: QuestionRow, now: number): string =>
  question.channel === 'replaced' ? 'closed: a newer question took its place' : states[status(question, now)];

const whole = 100_000;

/** Changes that the text has no room for, or only for their beginning. */
function cut(question: QuestionRow): string[] {
  const all = changesOf(question).map(change => visible(changeLine(change)));
  const lines = question.shown.split('\n').map(visible);
  return all.every(line => lines.includes(line)) ? [] : ['', 'Changes in full:', ...all];
}

export function record(question: QuestionRow, now: number): string[] {
  const { state, channel, decided_at, decided_by, usable_until, intent_id } = question;
  const who = decided_by === null ? '' : `, by ${decided_by}`;
  const left = status(question, now) === 'open' ? `, ${seconds(question.expires_at - now)} left` : '';
  const facts: [string, string | undefined][] = [
    ['Question', question.id],
    ['State', `${said(question, now)}${left}`],
    ['Asked', `${moment(question.created_at)}, until ${moment(question.expires_at)}`],
    ['Answered', decided_at === null ? undefined : `${moment(decided_at)}, where: ${channel}${who}`],
    ['Usable until', state === 'approved' && usable_until !== null ? moment(usable_until) : undefined],
    ['Intent', intent_id ?? undefined],
    ['Asked by', `${question.client}, for principal ${question.principal}`],
    ['Account', question.connection],
    ['Tool', question.tool],
    ['Arguments', question.arguments],
    ['Quote', question.quote],
    [
      'Verdict',
      `${question.verdict}, by rule ${question.rule}${question.approver === 'another' ? '; another person must approve it' : ''}`,
    ],
    ['Versions', `target ${question.target_version}, policy ${question.policy_version}`],
    ['Digest', question.digest],
  ];
  return [
    ...facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${`${name}:`.padEnd(14)}${oneLine(fact, whole)}`])),
    '',
    ...question.shown.split('\n').map(line => `  | ${visible(line)}`),
    ...cut(question),
  ];
}

const what = ({ tool, connection, principal }: QuestionRow): string =>
  `${oneLine(tool, 60)} on ${oneLine(connection, 60)}, for ${oneLine(principal, 60)}`;
const first = ({ shown }: QuestionRow): string => oneLine(shown.split('\n')[0] ?? '');
export const short = ({ id }: QuestionRow): string => id.slice(0, 12);

export function listed(question: QuestionRow, now: number): string {
  const times = `asked ${seconds(now - question.created_at)} ago, ${seconds(question.expires_at - now)} left`;
  return `${short(question)}  ${times}  ${what(question)}\n              ${first(question)}`;
}

/** What became of it, and where it was answered. */
export const became = (question: QuestionRow, now: number): string => {
  const { channel, decided_by } = question;
  const where = channel === null || channel === 'replaced' ? '' : `, where: ${channel}`;
  const who = decided_by === null ? '' : `, by ${oneLine(decided_by, 60)}`;
  return `${moment(now)}  ${short(question)}  ${said(question, now)}${where}${who}`;
};

/** Where the question stands, in one line for a reader that is no person. */
export const event = (question: QuestionRow, now: number): string =>
  `${became(question, now)}  ${what(question)}: ${first(question)}`;
