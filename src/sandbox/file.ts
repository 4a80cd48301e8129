// What the twins remember, in a file: read once at the start, written whole and moved into place, never half.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readReadings } from './readings.ts';
import { addRun, type Workspace } from './trustpager/state.ts';
import type { World } from './world.ts';

/** A file that cannot be used: one line that says which and why. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';

  constructor(file: string, why: string) {
    super(`The twins' state file ${JSON.stringify(file)} cannot be used: ${why}.`);
  }
}

const FORMAT = 'automations-mcp twins 1';
const sumOf = (text: string) => createHash('sha256').update(text).digest('hex');
const reason = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unreadable';
const listOf = <T>(rows: Map<string, T>) => [...rows.values()];
const mapOf = <T extends { id: string }>(rows: readonly T[]) => new Map(rows.map(row => [row.id, row]));

function saved({ clock, readings, scrip, trustpager }: World) {
  return {
    now: clock.now(),
    frozen: clock.isFrozen(),
    readings,
    scrip: {
      programs: listOf(scrip.programs),
      participants: [...scrip.participants].map(([id, members]) => ({ id, members: listOf(members) })),
      automations: listOf(scrip.automations),
      enrolments: [...scrip.enrolments].map(([id, { rows, next_at }]) => ({ id, next_at, rows: listOf(rows) })),
      events: scrip.events,
      eventsByName: scrip.eventsByName,
      ledger: scrip.ledger,
      changes: [...scrip.changes],
      made: scrip.made,
      bucket: scrip.bucket,
    },
    trustpager: {
      made: trustpager.made,
      workspaces: trustpager.workspaces.map(({ runsOf: _, ...workspace }) => ({
        ...workspace,
        automations: listOf(workspace.automations),
        triggers: listOf(workspace.triggers),
        actions: listOf(workspace.actions),
        runs: listOf(workspace.runs),
        scheduled: listOf(workspace.scheduled),
        approvals: listOf(workspace.approvals),
        contacts: listOf(workspace.contacts),
        customers: listOf(workspace.customers),
        deals: listOf(workspace.deals),
      })),
      used: listOf(trustpager.keys).map(({ secret, used }) => ({ secret, used })),
      kept: [...trustpager.kept].flatMap(([name, { fingerprint, at, answer }]) =>
        answer ? [{ name, fingerprint, at, answer }] : [],
      ),
    },
  };
}

export type Saved = ReturnType<typeof saved>;

function restore(world: World, from: Saved): void {
  const { clock, readings, scrip, trustpager } = world;
  const chosen = readReadings(Object.entries(from.readings));
  if (typeof chosen === 'string') throw new TypeError(chosen);
  Object.assign(readings, chosen);

  const { programs, participants, automations, enrolments, changes, eventsByName, ...plain } = from.scrip;
  Object.assign(scrip, plain, {
    programs: mapOf(programs),
    participants: new Map(participants.map(({ id, members }) => [id, mapOf(members)])),
    automations: mapOf(automations),
    enrolments: new Map(
      enrolments.map(({ id, next_at, rows }) => [
        id,
        { next_at, rows: new Map(rows.map(row => [row.participant_id, row])) },
      ]),
    ),
    changes: new Map(changes),
    eventsByName: Object.assign(Object.create(null), eventsByName),
  });

  trustpager.made = from.trustpager.made;
  for (const row of from.trustpager.workspaces) {
    const workspace = trustpager.workspaces.find(known => known.id === row.id);
    if (!workspace) throw new TypeError('a workspace that is none');
    restoreWorkspace(workspace, row, clock.now());
  }
  for (const { secret, used } of from.trustpager.used) {
    const key = trustpager.keys.get(secret);
    if (key) key.used = used;
  }
  for (const { name, ...entry } of from.trustpager.kept) trustpager.kept.set(name, entry);
}

function restoreWorkspace(workspace: Workspace, row: Saved['trustpager']['workspaces'][number], now: number): void {
  Object.assign(workspace, row, {
    automations: mapOf(row.automations),
    triggers: mapOf(row.triggers),
    actions: mapOf(row.actions),
    scheduled: mapOf(row.scheduled),
    approvals: mapOf(row.approvals),
    contacts: mapOf(row.contacts),
    customers: mapOf(row.customers),
    deals: mapOf(row.deals),
    runs: new Map(),
    runsOf: new Map(),
  });
  for (const run of row.runs) {
    // Nobody goes on with a run that was under way when the twins stopped.
    if (run.status === 'running')
      Object.assign(run, { status: 'failed', error_message: 'Interrupted by a restart', completed_at: now });
    addRun(workspace, run);
  }
}

/** What the file remembers, or undefined when there is no file yet. */
export function readState(file: string): Saved | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (reason(error) === 'ENOENT') return undefined;
    throw new StateFileError(file, `it cannot be read (${reason(error)})`);
  }
  const end = text.indexOf('\n');
  const [head, body] = [text.slice(0, end), text.slice(end + 1)];
  if (!head.startsWith(FORMAT))
    throw new StateFileError(file, 'it was not written by the twins, or by another version of them');
  if (head !== `${FORMAT} ${sumOf(body)}`)
    throw new StateFileError(file, 'it is damaged, or was changed by hand; delete it to start anew');
  return JSON.parse(body);
}

/** Puts what was remembered in the place of what was seeded. */
export function restoreState(world: World, file: string, from: Saved): void {
  try {
    restore(world, from);
  } catch {
    throw new StateFileError(file, 'what is in it does not fit these twins; delete it to start anew');
  }
}

export function writeState(world: World, file: string): void {
  const body = JSON.stringify(saved(world));
  const beside = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    writeFileSync(beside, `${FORMAT} ${sumOf(body)}\n${body}`, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new StateFileError(file, `it cannot be written (${reason(error)})`);
  }
}

export interface Keeper {
  /** Something may have changed. */
  changed(): void;
  stop(): void;
}

const EVERY_MS = 1000;
/** A big state takes a while to write: it gets at most a tenth of the time. */
const SHARE = 10;

/** Writes after changes, at most once a second, and at the stop. `look` brings the world up to the present and says whether it did. */
export function keepState(world: World, file: string, look: () => boolean): Keeper {
  let isChanged = true;
  let notBefore = 0;
  const write = () => {
    const began = performance.now();
    writeState(world, file);
    const ended = performance.now();
    notBefore = ended + (ended - began) * SHARE;
    isChanged = false;
  };
  write();
  const timer = setInterval(() => {
    if (look()) isChanged = true;
    if (!isChanged || performance.now() < notBefore) return;
    try {
      write();
    } catch {
      // Tried again in a second, and told at the stop if it still cannot be done.
    }
  }, EVERY_MS).unref();
  return {
    changed: () => {
      isChanged = true;
    },
    stop: () => {
      clearInterval(timer);
      write();
    },
  };
}
