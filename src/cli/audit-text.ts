// What an entry of the audit looks like in a terminal, and as a row of a table.
import { oneLine } from '../approvals/shown.ts';
import { type Verdict, verdictWord } from '../policy/policy.ts';
import type { AuditRow } from '../store/store.ts';
import type { Difference } from './audit-replay.ts';

// biome-ignore lint/suspicious/noExplicitAny: what stands in a body is shown, whatever it is
type Body = any;

const bodyOf = ({ body }: AuditRow): Body => {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
};

/** What it counts for, where it counts for anything. */
const amounts = ({ credits, people }: Body): string =>
  [credits ? `${credits} credits` : '', people ? `${people} people` : ''].filter(Boolean).join(', ');

const ended = ({ outcome, code }: Body): string => (code ? `${outcome}, ${code}` : String(outcome));

/** By kind; what is not known here is shown as it is. */
const summaries: Record<string, (body: Body) => string> = {
  policy: ({ version }) => `version ${String(version).slice(0, 12)}`,
  decision: ({ plan, facts, verdict }) =>
    `${plan ? 'planned: ' : ''}${verdict && verdictWord(verdict)} by ${verdict?.rule}${facts?.effect ? ` (${facts.effect}${facts.target ? ` ${facts.target.name}` : ''})` : ''}: ${verdict?.reason}`,
  question: ({ id, rule, shown }) => `${String(id).slice(0, 12)} by ${rule}: ${String(shown).split('\n', 1)[0]}`,
  answer: ({ id, state, channel, decided_by }) =>
    `${String(id).slice(0, 12)} ${state}, where: ${channel}${decided_by == null ? '' : `, by ${decided_by}`}`,
  intent: body =>
    body.refused
      ? `not recorded: ${body.refused}${body.limit ? ` ${body.limit.name}, ${body.limit.used} of ${body.limit.most} used` : ''}`
      : [body.effect, body.request && `${body.request.method} ${body.request.path}`, amounts(body)]
          .filter(Boolean)
          .join(', '),
  receipt: body => [ended({ ...body.receipt, outcome: body.outcome }), amounts(body)].filter(Boolean).join(', '),
  read: ended,
  refused: body => `${ended(body)}: ${body.reason}`,
  lost: ({ entries }) => `${entries} entries of reads and refusals could not be written`,
};

const moment = (at: number): string => {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString().replace('T', ' ').slice(0, 19);
};

/** One line: number, time, kind, who, where, what. Nothing in it moves a cursor. */
export function entryLine(row: AuditRow): string {
  const { seq, at, kind, principal, client, connection, tool, intent_id } = row;
  const body = bodyOf(row);
  const summary = summaries[kind]?.(body) ?? row.body;
  const parts = [
    String(seq).padStart(6),
    moment(at),
    oneLine(kind, 20).padEnd(8),
    [tool && oneLine(tool, 60), connection && `on ${oneLine(connection, 60)}`].filter(Boolean).join(' '),
    principal && `for ${oneLine(principal, 60)}${client ? ` (${oneLine(client, 60)})` : ''}`,
    intent_id && `intent ${oneLine(intent_id, 12)}`,
    oneLine(summary, 200),
  ];
  return parts.filter(Boolean).join('  ');
}

/** A verdict in a few words. */
export const verdictText = (verdict: Verdict | undefined): string =>
  verdict ? `${verdictWord(verdict)} by ${oneLine(verdict.rule, 60)}` : 'allow';

/** Where a decision stands, and on what it was. */
export const decisionText = ({ seq, at, tool, connection, principal }: Difference): string =>
  `${String(seq).padStart(6)}  ${moment(at)}  ${oneLine(tool ?? '', 60)} on ${oneLine(connection ?? '', 60)}, for ${oneLine(principal, 60)}`;

export function differenceLine(difference: Difference): string {
  const { then, now, why } = difference;
  if (why !== undefined) return `${decisionText(difference)}: ${oneLine(why)}`;
  const words = then?.verdict === now?.verdict && then?.rule === now?.rule && then?.approver === now?.approver;
  const change = words
    ? `${oneLine(then?.reason ?? '')} → ${oneLine(now?.reason ?? '')}`
    : `${verdictText(then)} → ${verdictText(now)}`;
  return `${decisionText(difference)}: ${change}`;
}

/** Every column of a row as it stands, and the time once more in words. */
export const csvColumns = [
  'seq',
  'time',
  'at',
  'kind',
  'principal',
  'client',
  'connection',
  'tool',
  'intent_id',
  'body',
  'prev',
  'hash',
] as const;

/** Quoted after RFC 4180; what a spreadsheet would take for a formula gets an apostrophe before it. */
const cell = (value: string | number | null): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const tame = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${tame.replaceAll('"', '""')}"`;
};

export function csvLine(row: AuditRow): string {
  const time = new Date(row.at);
  const named = { ...row, time: Number.isNaN(time.getTime()) ? '' : time.toISOString() };
  return csvColumns.map(column => cell(named[column])).join(',');
}
