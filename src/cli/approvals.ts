// Answers questions in a terminal: a rung of the ladder that no client and no model stands on (design section 6).
import { createInterface } from 'node:readline';
import { status } from '../approvals/approvals.ts';
import { phrase } from '../approvals/words.ts';
import { Failure } from '../errors.ts';
import type { QuestionRow } from '../store/store.ts';
import { approvable, decide, interactive, notHere, type Terminal } from './approvals-answer.ts';
import { listed, record, said } from './approvals-text.ts';

const usage = `Usage: automations-mcp approvals <command>

  list           questions that wait for an answer, newest first
  show <id>      everything about one question
  approve <id>   say yes to it: only in a terminal, and with a word typed
  reject <id>    say no to it: only in a terminal
  watch          stay, show each question as it comes, and take the answers: in a terminal only, else it only shows
                 (--json: one JSON object for each question and whatever becomes of it)

An id may be shortened to its first 8 or more characters.`;

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
  const { store, stdin, stdout, now } = terminal;
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
    if (!approvable(question)) return refuse(notHere(question));
    const word = phrase(1);
    print(
      ...record(question, now()),
      '',
      `To approve exactly this, type the word ${word} and press Enter. Anything else changes nothing.`,
    );
    const typed = await readLine(stdin);
    if (typed?.trim().toLowerCase() !== word)
      return refuse('That was not the word. Nothing was approved; the question stays as it is.');
    return answered(question, true);
  }

  async function answered({ id }: QuestionRow, yes: boolean): Promise<number> {
    const { counted, line } = await decide(terminal, id, yes);
    print(line);
    return counted ? 0 : 1;
  }

  const whileOpen = (act: (question: QuestionRow) => Promise<number>) => async (question: QuestionRow) => {
    const at = now();
    if (status(question, at) === 'open') return act(question);
    return refuse(`The question is not open any more: it is ${said(question, at)}. Nothing happened.`);
  };

  const commands: Record<string, (question: QuestionRow) => Promise<number>> = {
    show,
    approve: whileOpen(approve),
    reject: whileOpen(question => answered(question, false)),
  };

  async function run(): Promise<number> {
    const [name = '', id, ...rest] = args;
    if (name === 'list' && id === undefined) return list();
    if (name === 'watch' && rest.length === 0 && (id === undefined || id === '--json'))
      return (await import('./approvals-watch.ts')).watch(terminal, { json: id !== undefined });
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command || id === undefined || rest.length > 0) {
      print(usage);
      return 2;
    }
    if (!/^[0-9a-f]{8,32}$/.test(id)) {
      print('An id is at least its first 8 characters, of 0 to 9 and a to f. `list` shows them.');
      return 2;
    }
    if (name !== 'show' && !interactive(terminal))
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
