// The one place that turns an answer or a failure into what a client receives. The text stands on its own.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import { Failure } from '../errors.ts';
import { headText } from '../ledger/entries.ts';
import type { Answer, Next, Tool } from '../tool.ts';
import type { House } from './house.ts';
import { estimate, fitted, ROOM } from './length.ts';

/** What every result of an account says where the operator turned asking off for it (reliability.md P11). */
export const autoApproves = 'insecure_auto_approve is on: calls go through without a person’s yes';

export interface Account {
  id: string;
  environment: 'production' | 'sandbox';
  insecureAutoApprove?: true;
}

const account = ({ id, environment, insecureAutoApprove }: Account): string =>
  [
    environment === 'sandbox' ? `Account: ${id}, the built-in twin; nothing real is touched.` : `Account: ${id}.`,
    ...(insecureAutoApprove ? [`${autoApproves} there.`] : []),
  ].join(' ');

const accountFields = ({ id, insecureAutoApprove }: Account) => ({
  connection: id,
  ...(insecureAutoApprove ? { insecure_auto_approve: true } : {}),
});

/** An account in a line of a plan, or of what is watched. */
export const accountLine = ({ id, environment, insecureAutoApprove }: Account): string =>
  `account: ${id} (${environment}${insecureAutoApprove ? `; ${autoApproves}` : ''})`;

const call = ({ tool, arguments: args, why }: Next): string => `Next (${why}): ${tool} ${JSON.stringify(args)}`;

type Lines = readonly (string | undefined)[];
const said = (lines: Lines): string[] => lines.flatMap(line => line || []);

/** What is long is cut between what came of the call and what to do next. */
const text = (first: Lines, between: Lines = [], last: Lines = [], room: number = ROOM.usual): string =>
  fitted(said(first), said(between), said(last), room);

const plain = (fields: Record<string, unknown>): string[] =>
  Object.entries(fields).map(
    ([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );

type Fields = Record<string, unknown>;
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
const tooLarge = (fields: Fields): boolean =>
  bytes(fields) > ROOM.fields && estimate(JSON.stringify(fields)) > ROOM.fields;

/** What is left of fields that are too large, each still as the output schema has it: lists lose their ends, and at worst a field is left out. */
function fitting(all: Fields): { fields: Fields; cut: string[] } {
  const fields = { ...all };
  const cut = new Set<string>();
  while (tooLarge(fields)) {
    const [name = '', value] = Object.entries(fields).sort(([, a], [, b]) => bytes(b) - bytes(a))[0] ?? [];
    cut.add(name);
    if (Array.isArray(value) && value.length > 1) fields[name] = value.slice(0, value.length / 2);
    else delete fields[name];
  }
  return { fields, cut: [...cut] };
}

/** Making a schema costs a hundred times what using it does, so each is made once. */
const partial = new WeakMap<Tool['output'], z.ZodObject>();
function reliable({ output }: Tool): z.ZodObject {
  const made = partial.get(output) ?? output.partial();
  partial.set(output, made);
  return made;
}

export function answered(
  tool: Tool,
  answer: Answer,
  from?: Account,
  extra: { intent_id?: string; note?: string; undo?: string; rule?: string; approved_by?: string } = {},
): CallToolResult {
  // What a caller may rely on, and nothing else; a vendor that leaves a field out leaves it out here too.
  const parsed = reliable(tool).safeParse(answer.fields);
  const { fields, cut } = fitting((parsed.success ? parsed.data : {}) as Fields);
  const { intent_id, note, undo, rule, approved_by } = extra;
  return {
    content: [
      {
        type: 'text',
        text: text(
          [answer.headline, note, cut.length > 0 ? `Too large to be told in full: ${cut.join(', ')}.` : undefined],
          answer.lines ?? plain(fields),
          [
            undo && `undo: ${undo}`,
            intent_id && `intent: ${intent_id}`,
            approved_by && `approved by: ${approved_by}`,
            from && account(from),
            ...(answer.next ?? []).slice(0, 3).map(call),
          ],
          answer.wide ? ROOM.wide : ROOM.usual,
        ),
      },
    ],
    structuredContent: {
      outcome: 'done',
      ...(intent_id ? { intent_id } : {}),
      ...(rule ? { rule } : {}),
      ...(approved_by ? { approved_by } : {}),
      ...(from ? accountFields(from) : {}),
      ...fields,
    },
  };
}

/** What each outcome says about the world; one sentence, because it is what matters most. */
const sent: Record<Failure['outcome'], string> = {
  denied: 'Nothing was sent, nothing was spent.',
  not_sent: 'Nothing was sent, nothing was spent.',
  pending: 'It is not done yet.',
  rejected: 'The vendor refused it; nothing ran.',
  unknown: 'It may or may not have run. Do not call it again before that is known.',
};

export const asFailure = (error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure('not_sent', 'internal_error', 'Something in this server broke.', {
        next: 'Its operator finds the cause in the log.',
      });

export function failed({ outcome, code, message, details }: Failure, from?: Account): CallToolResult {
  const { next, retry_after_s, closest, ...ids } = details;
  return {
    isError: true,
    content: [
      {
        type: 'text',
        text: text([
          message,
          details.waiting_for === 'person' ? 'Nothing has been sent.' : sent[outcome],
          next,
          closest && `Closest valid call: ${closest.tool} ${JSON.stringify(closest.arguments)}`,
          retry_after_s === undefined ? undefined : `Try again in ${retry_after_s} s.`,
          details.intent_id && `intent: ${details.intent_id}`,
          details.approval_id && `question: ${details.approval_id}`,
          from && account(from),
        ]),
      },
    ],
    structuredContent: {
      outcome,
      code,
      message: text([message]),
      ...ids,
      ...(next ? { next } : {}),
      ...(closest ? { closest } : {}),
      ...(retry_after_s === undefined ? {} : { retry_after_s }),
      ...(from ? accountFields(from) : {}),
    },
  };
}

/** The result of a write, with the end of the audit's chain as it then stands: `audit verify --head` finds a chain that was cut before it. */
export function stamped(house: Pick<House, 'store'>, tool: Tool, result: CallToolResult): CallToolResult {
  const head = house.store.head();
  const [first] = result.content;
  if (tool.kind !== 'write' || !head || first?.type !== 'text') return result;
  const audit = headText(head);
  return {
    ...result,
    content: [{ type: 'text', text: `${first.text}\naudit: ${audit}` }],
    structuredContent: { ...(result.structuredContent as object), audit },
  };
}
