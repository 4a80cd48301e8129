// Stays in the terminal: shows each question as it comes and what becomes of it, and takes the answers that are typed there.
import { createInterface } from 'node:readline';
import { status } from '../approvals/approvals.ts';
import { phrase } from '../approvals/words.ts';
import type { QuestionRow } from '../store/store.ts';
import { approvable, decide, interactive, type Terminal } from './approvals-answer.ts';
import { became, event, record, said } from './approvals-text.ts';
import { jsonLine } from './json-line.ts';

/** How often the store is looked at: questions are asked, and answered, in other processes. */
const EVERY = 300;
/** A row says when its question was asked; it is seen only once its writer got its turn, which takes up to 5 s. */
const BEHIND = 10_000;

/**
 * Returns 0 when it is told to end, by the signal, the end of input, or an output that nobody reads any more. A store that cannot be
 * used ends it with its `Failure`. Each question has a word of its own, so that no answer can be meant for another one.
 */
export async function watch(terminal: Terminal, { json }: { json: boolean }): Promise<number> {
  const { store, stdin, stdout, now, signal, every = EVERY } = terminal;
  const person = !json && interactive(terminal);
  const print = (...lines: string[]) => stdout.write(`${lines.join('\n')}\n`);
  /** What was last told of each question that something may still become of. */
  const told = new Map<string, string>();
  const seen = new Set<string>();
  /** Every word that was ever shown here, and its question. */
  const words = new Map<string, string>();
  const typed: string[] = [];
  /** From here on everything is news, also what comes and goes before the first look. */
  const began = now();
  let looked = began;
  let ended = false;
  let wake = () => {};

  const end = () => {
    ended = true;
    wake();
  };
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  stdout.on('error', end);
  const lines = person ? createInterface({ input: stdin, terminal: false }) : undefined;
  lines
    ?.on('line', line => {
      typed.push(line);
      wake();
    })
    .once('close', end);

  function newWord(id: string): string {
    let word = phrase(1);
    while (words.has(word)) word = phrase(2);
    words.set(word, id);
    return word;
  }

  function tell(question: QuestionRow, at: number): void {
    if (json) print(jsonLine({ at, ...question, state: status(question, at) }));
    else if (!person) print(event(question, at));
    else if (seen.has(question.id)) print(became(question, at));
    else if (status(question, at) !== 'open') print('', ...record(question, at));
    else {
      const word = newWord(question.id);
      print(
        '',
        ...record(question, at),
        '',
        approvable(question)
          ? `To approve exactly this, type the word ${word} and press Enter; to reject it, no ${word}. Anything else changes nothing.`
          : `Another person must approve this, on the team’s approval page. To reject it here, type no ${word} and press Enter.`,
      );
    }
    keep(question, at);
  }

  function keep(question: QuestionRow, at: number): void {
    seen.add(question.id);
    if (['open', 'approved'].includes(status(question, at))) told.set(question.id, said(question, at));
    else told.delete(question.id);
  }

  async function begin(): Promise<void> {
    // What was over before is no news.
    for (const question of await store.questions({ since: began - BEHIND }))
      if (Math.max(question.created_at, question.decided_at ?? 0) < began && status(question, began) !== 'open')
        seen.add(question.id);
    for (const question of (await store.questions({ open_at: began })).reverse()) tell(question, now());
  }

  async function look(): Promise<void> {
    const began = now();
    // Each is judged by the clock after it was read: one that was asked and ended meanwhile was never open here.
    for (const question of (await store.questions({ since: looked - BEHIND })).reverse())
      if (!seen.has(question.id)) tell(question, now());
    looked = began;
    for (const [id, before] of told) {
      const question = await store.question(id);
      const at = now();
      if (!question) told.delete(id);
      else if (said(question, at) !== before) tell(question, at);
    }
  }

  async function take(line: string): Promise<void> {
    const [, no, word = ''] = /^(no )?(.*)$/.exec(line.trim().toLowerCase().replace(/\s+/g, ' ')) ?? [];
    if (word === '') return;
    const id = words.get(word);
    if (id === undefined) return void print('That is no question’s word. Nothing happened.');
    const { line: came } = await decide(terminal, id, no === undefined);
    print(`${id.slice(0, 12)}  ${came}`);
    const question = await store.question(id);
    // That line told it already.
    if (question) keep(question, now());
  }

  if (person) print('Questions are shown here as they come. Ctrl-C ends this, and answers none of them.');
  try {
    await begin();
    while (!ended) {
      await look();
      for (const line of typed.splice(0)) await take(line);
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, every);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (ended || typed.length > 0) wake();
      });
    }
  } finally {
    lines?.close();
    signal?.removeEventListener('abort', end);
  }
  if (person) print('', 'Open questions stay open.');
  return 0;
}
