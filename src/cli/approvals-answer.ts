// A person at a terminal: who counts as one, and what happens to what they say.
import { answerQuestion, host, mayApprove } from '../approvals/approvals.ts';
import { moment, oneLine } from '../approvals/shown.ts';
import type { QuestionRow, Store } from '../store/store.ts';
import { said } from './approvals-text.ts';

export interface Terminal {
  store: Store;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  /** Whether a person sits at both ends; told from the streams where it is not given. */
  isTTY?: boolean;
  now(): number;
  /** For how long a yes given here may be used, in milliseconds. */
  usable_for?: number;
  /** Ends what stays in the terminal. */
  signal?: AbortSignal;
  /** How often what stays looks at the store, in milliseconds. */
  every?: number;
}

/** A pipe is a program, and a program may be the agent. */
export const interactive = ({ isTTY, stdin, stdout }: Terminal): boolean =>
  isTTY ?? ('isTTY' in stdin && stdin.isTTY === true && 'isTTY' in stdout && stdout.isTTY === true);

/** Whether a yes to it counts in this terminal; a no always does. */
export const approvable = (question: QuestionRow): boolean => mayApprove(question, host, 'terminal');

/** Why a yes to it would not count. */
export const notHere = ({ principal }: QuestionRow): string =>
  `Another person than "${oneLine(principal, 60)}" must approve this, on the team’s approval page. Nothing was approved.`;

/** Records the answer, and says in a line what came of it; `counted` is false where somebody else was faster, or it came too late. */
export async function decide(
  { store, now, usable_for }: Terminal,
  id: string,
  yes: boolean,
): Promise<{ counted: boolean; line: string }> {
  const at = now();
  const answered = await answerQuestion(store, id, {
    yes,
    channel: 'terminal',
    by: host,
    now: at,
    ...(usable_for === undefined ? {} : { usable_for }),
  });
  if (!answered) return { counted: false, line: 'The question is gone. Nothing happened.' };
  const { question, won, barred } = answered;
  if (barred) return { counted: false, line: notHere(question) };
  if (!won) return { counted: false, line: `Too late: the question is ${said(question, at)}. Nothing happened.` };
  if (!yes) return { counted: true, line: 'Rejected. Nothing was sent.' };
  const until = question.usable_until === null ? '' : ` until ${moment(question.usable_until)}`;
  return {
    counted: true,
    line: `Approved${until}. Nothing was sent by this: a call that still waits goes on now; otherwise the identical call sends it, once.`,
  };
}
