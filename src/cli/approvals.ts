// Answers questions in a terminal: a rung of the ladder that no client and no model stands on (design section 6).
import { createInterface } from 'node:readline';
import { answerQuestion, type Status, status } from '../approvals/approvals.ts';
import { moment, oneLine, visible } from '../approvals/shown.ts';
import { phrase } from '../approvals/words.ts';
import { Failure } from '../errors.ts';
import type { QuestionRow, Store } from '../store/store.ts';

export interface Terminal {
  store: Store;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WritableStream;
  /** Whether a person sits at both ends; told from the streams where it is not given. */
  isTTY?: boolean;
  now(): number;
  /** For how long a yes given here may be used, in milliseconds. */
  usable_for?: number;
}

const usage = `Usage: automations-mcp approvals <command>

  list           questions that wait for an answer, newest first
  show <id>      everything about one question
  approve <id>   say yes to it: only in a terminal, and with a word typed
  reject <id>    say no to it: only in a terminal

An id may be shortened to its first 8 or more characters.`;

const seconds = (ms: number): string => `${Math.max(0, Math.ceil(ms / 1_000))} s`;

const states: Record<Status, string> = {
  open: 'open',
  approved: 'approved, and not used yet',
  rejected: 'rejected',
  expired: 'expired',
  consumed: 'approved and used',
};

/** Closed by a newer question rather than by a person. */
const said = (question: QuestionRow, now: number): string =>
  question.channel === 'replaced' ? 'closed: a newer question took its place' : states[status(question, now)];

const whole = 100_000;

function record(question: QuestionRow, now: number): string[] {
  const { state, channel, decided_at, usable_until, intent_id } = question;
  const left = status(question, now) === 'open' ? `, ${seconds(question.expires_at - now)} left` : '';
  const facts: [string, string | undefined][] = [
    ['Question', question.id],
    ['State', `${said(question, now)}${left}`],
    ['Asked', `${moment(question.created_at)}, until ${moment(question.expires_at)}`],
    ['Answered', decided_at === null ? undefined : `${moment(decided_at)}, where: ${channel}`],
    ['Usable until', state === 'approved' && usable_until !== null ? moment(usable_until) : undefined],
    ['Intent', intent_id ?? undefined],
    ['Asked by', `${question.client}, for principal ${question.principal}`],
    ['Account', question.connection],
    ['Tool', question.tool],
    ['Arguments', question.arguments],
    ['Quote', question.quote],
    ['Verdict', `${question.verdict}, by rule ${question.rule}`],
    ['Versions', `target ${question.target_version}, policy ${question.policy_version}`],
    ['Digest', question.digest],
  ];
  return [
    ...facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${`${name}:`.padEnd(14)}${oneLine(fact, whole)}`])),
    '',
    ...question.shown.split('\n').map(line => `  | ${visible(line)}`),
  ];
}

function listed(question: QuestionRow, now: number): string {
  const [first = ''] = question.shown.split('\n');
  const times = `asked ${seconds(now - question.created_at)} ago, ${seconds(question.expires_at - now)} left`;
  return [
    `${question.id.slice(0, 12)}  ${times}  ${oneLine(question.tool, 60)} on ${oneLine(question.connection, 60)}, for ${oneLine(question.principal, 60)}`,
    `              ${oneLine(first)}`,
  ].join('\n');
}

/** One typed line, or nothing at the end of input. */
function readLine(stdin: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise(resolve => {
    const lines = createInterface({ input: stdin, terminal: false });
    lines.once('line', line => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => resolve(undefined));
  });
}

/** Runs one command and returns its exit code: 0 done, 1 refused or nothing happened, 2 not understood. */
export async function approvals(args: readonly string[], terminal: Terminal): Promise<number> {
  const { store, stdin, stdout, now, usable_for } = terminal;
  const isTTY =
    terminal.isTTY ?? ('isTTY' in stdin && stdin.isTTY === true && 'isTTY' in stdout && stdout.isTTY === true);
  const print = (...lines: string[]) => stdout.write(`${lines.join('\n')}\n`);
  const refuse = (line: string): number => {
    print(line);
    return 1;
  };

  async function list(): Promise<number> {
    const open = await store.questions({ open_at: now() });
    if (open.length === 0) print('No question is open.');
    else print(...open.map(question => listed(question, now())));
    return 0;
  }

  async function show(question: QuestionRow): Promise<number> {
    print(...record(question, now()));
    return 0;
  }

  async function approve(question: QuestionRow): Promise<number> {
    const word = phrase(1);
    print(
      ...record(question, now()),
      '',
      `To approve exactly this, type the word ${word} and press Enter. Anything else changes nothing.`,
    );
    const typed = await readLine(stdin);
    if (typed?.trim().toLowerCase() !== word)
      return refuse('That was not the word. Nothing was approved; the question stays as it is.');
    return decide(question, true);
  }

  async function decide(question: QuestionRow, yes: boolean): Promise<number> {
    const at = now();
    const answered = await answerQuestion(store, question.id, {
      yes,
      channel: 'terminal',
      now: at,
      ...(usable_for === undefined ? {} : { usable_for }),
    });
    if (!answered) return refuse('The question is gone. Nothing happened.');
    if (!answered.won) return refuse(`Too late: the question is ${said(answered.question, at)}. Nothing happened.`);
    const until = answered.question.usable_until;
    print(
      yes
        ? `Approved${until === null ? '' : ` until ${moment(until)}`}. Nothing was sent by this: a call that still waits goes on now; otherwise the identical call sends it, once.`
        : 'Rejected. Nothing was sent.',
    );
    return 0;
  }

  const whileOpen = (act: (question: QuestionRow) => Promise<number>) => async (question: QuestionRow) => {
    const at = now();
    if (status(question, at) === 'open') return act(question);
    return refuse(`The question is not open any more: it is ${said(question, at)}. Nothing happened.`);
  };

  const commands: Record<string, (question: QuestionRow) => Promise<number>> = {
    show,
    approve: whileOpen(approve),
    reject: whileOpen(question => decide(question, false)),
  };

  async function run(): Promise<number> {
    const [name = '', id, ...rest] = args;
    if (name === 'list' && id === undefined) return list();
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command || id === undefined || rest.length > 0) {
      print(usage);
      return 2;
    }
    if (!/^[0-9a-f]{8,32}$/.test(id)) {
      print('An id is at least its first 8 characters, of 0 to 9 and a to f. `list` shows them.');
      return 2;
    }
    // A pipe is a program, and a program may be the agent.
    if (name !== 'show' && !isTTY)
      return refuse(
        'Only a person at an interactive terminal can answer a question; this is not one. Nothing happened.',
      );
    const [question, other] = await store.questions({ prefix: id, limit: 2 });
    if (!question) return refuse('There is no such question.');
    if (other) return refuse('Several questions begin like that; give more of the id.');
    return command(question);
  }

  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return refuse([error.message, error.details.next].filter(Boolean).join(' '));
  }
}
