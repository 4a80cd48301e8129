// The audit in a terminal: its last entries, whether it is whole, all of it for elsewhere, and every decision decided again.
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '../config.ts';
import { Failure } from '../errors.ts';
import { ChainCheck, everyEntry, isWhole, type KnownHead, parseHead } from '../ledger/chain-check.ts';
import { headText } from '../ledger/entries.ts';
import type { Config } from '../settings.ts';
import type { AuditRow, Store } from '../store/store.ts';
import type { Difference } from './audit-replay.ts';
import { csvColumns, csvLine, differenceLine, entryLine } from './audit-text.ts';
import { jsonLine } from './json-line.ts';
import { stopSignal } from './signals.ts';
import { openShared } from './state.ts';

export interface Reading {
  /** This program's version. */
  program: string;
  store: Pick<Store, 'audit' | 'used'>;
  /** Resolves once there is room for more; false where nobody reads any more. */
  print(line: string): Promise<boolean>;
  /** Ends what follows the audit. */
  signal?: AbortSignal;
  /** How often the store is looked at, in milliseconds. */
  every?: number;
}

const usage = `Usage: automations-mcp audit <command>

  tail [-f] [--json]               the last entries; -f goes on as they come
  verify [--head <seq.hash> ...]   whether anything was changed, removed, moved or put in; with heads
                                   from results and log lines, also whether the end was cut or rewritten
  export [--csv]                   all of it, as JSON lines or a table
  replay [--json]                  decides every recorded decision again, by the policy it was decided by

verify and replay end with 1 where something is not as it was.`;

/** So many entries are shown to begin with. */
const SHOWN = 20;
/** So many findings are told one by one. */
const TOLD = 50;

/** An entry as JSON, its body opened. A body that is none stays text. */
function opened(row: AuditRow): object {
  try {
    return { ...row, body: JSON.parse(row.body) };
  } catch {
    return row;
  }
}

async function tail({ store, print, signal, every = 500 }: Reading, follow: boolean, json: boolean): Promise<number> {
  const say = (row: AuditRow): Promise<boolean> => print(json ? jsonLine(opened(row)) : entryLine(row));
  let last = Math.max(0, (await store.used([])).as_of - SHOWN);
  for (;;) {
    for await (const row of everyEntry(store, last)) {
      if (!(await say(row))) return 0;
      last = row.seq;
    }
    if (!follow || signal?.aborted) return 0;
    await sleep(every, undefined, signal ? { signal } : {}).catch(() => {});
    if (signal?.aborted) return 0;
  }
}

async function verify({ store, print }: Reading, heads: readonly KnownHead[]): Promise<number> {
  const check = new ChainCheck(heads);
  let entries = 0;
  let broken = 0;
  const tell = async (found: ReturnType<ChainCheck['end']>): Promise<void> => {
    for (const { what } of found) if (++broken <= TOLD) await print(what);
  };
  for await (const row of everyEntry(store)) {
    entries += 1;
    await tell(check.next(row));
  }
  await tell(check.end());
  if (broken > TOLD) await print(`… and ${broken - TOLD} more.`);
  const { last } = check;
  if (broken > 0) {
    await print(
      `The audit is not as it was written: ${broken} ${broken === 1 ? 'finding' : 'findings'} in ${entries} entries.`,
    );
    return 1;
  }
  if (entries === 0) await print('The audit is empty.');
  else
    await print(
      `The audit is whole: ${entries} entries, the last is ${headText(last)}.${heads.length === 0 ? ' Keep that elsewhere: with --head it shows later whether the end was cut or rewritten.' : ''}`,
    );
  return 0;
}

async function exported({ store, print }: Reading, csv: boolean): Promise<number> {
  if (csv && !(await print(csvColumns.join(',')))) return 0;
  for await (const row of everyEntry(store)) if (!(await print(csv ? csvLine(row) : jsonLine(row)))) break;
  return 0;
}

async function replayed(reading: Reading, program: string, json: boolean): Promise<number> {
  const { store, print } = reading;
  if (!(await isWhole(store)))
    return refuse(reading, 'The audit is not as it was written: audit verify tells where. Nothing was decided again.');
  const { replay } = await import('./audit-replay.ts');
  const differences: Difference[] = [];
  const { decisions, different, reworded } = await replay(everyEntry(store), program, async difference => {
    if (json) differences.push(difference);
    else await print(differenceLine(difference));
  });
  if (json) await print(jsonLine({ decisions, different, reworded, differences }));
  else {
    if (reworded > 0)
      await print(
        `${reworded} were put in other words by another version of this program; their verdicts are the same.`,
      );
    await print(
      different > 0
        ? `${different} of ${decisions} decisions come out differently.`
        : `All ${decisions} decisions come out as they are recorded.`,
    );
  }
  return different > 0 ? 1 : 0;
}

async function refuse({ print }: Reading, why: string): Promise<number> {
  await print(why);
  return 1;
}

interface Flags {
  follow: boolean;
  json: boolean;
  csv: boolean;
  heads: KnownHead[];
}

function parsed(args: readonly string[]): { command: string | undefined; flags: Flags; wrong?: string } {
  const flags: Flags = { follow: false, json: false, csv: false, heads: [] };
  const words: string[] = [];
  for (let n = 0; n < args.length; n++) {
    const word = args[n] ?? '';
    if (word === '--follow') flags.follow = true;
    else if (word === '--json') flags.json = true;
    else if (word === '--csv') flags.csv = true;
    else if (word === '--head') {
      const head = parseHead(args[++n] ?? '');
      if (!head)
        throw new ConfigError('--head takes what a result or a log line calls audit, such as 1842.9f3c2a7be1d04c55.');
      flags.heads.push(head);
    } else words.push(word);
  }
  return { command: words.length === 1 ? words[0] : undefined, flags };
}

/** Runs one command and returns its exit code: 0 as it was, 1 something is not, 2 not understood. */
export async function audit(args: readonly string[], reading: Reading): Promise<number> {
  const { command, flags } = parsed(args);
  try {
    switch (command) {
      case 'tail':
        return await tail(reading, flags.follow, flags.json);
      case 'verify':
        return await verify(reading, flags.heads);
      case 'export':
        return await exported(reading, flags.csv);
      case 'replay':
        return await replayed(reading, reading.program, flags.json);
      default:
        await reading.print(usage);
        return 2;
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    await reading.print([error.message, error.details.next].filter(Boolean).join(' '));
    return 1;
  }
}

/** Prints as fast as whoever reads takes it. */
export function printer(stdout: NodeJS.WritableStream): Reading['print'] {
  let gone = false;
  stdout.on('error', () => {
    gone = true;
  });
  return line =>
    new Promise(resolve => {
      if (gone) return resolve(false);
      stdout.write(`${line}\n`, error => resolve(!error));
    });
}

export async function auditHere(config: Config, version: string, args: string[]): Promise<number> {
  const store = openShared(config, 'the audit inside the server; no terminal can reach it.');
  const ended = new AbortController();
  if (args.includes('--follow')) stopSignal().then(() => ended.abort());
  try {
    return await audit(args, { program: version, store, print: printer(process.stdout), signal: ended.signal });
  } finally {
    await store.close();
  }
}
