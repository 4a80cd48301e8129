// Gathers the facts of one write: what it acts on, what it costs, what was sent before; and lets policy judge them.

import { Failure } from '../errors.ts';
import { callDigest, questionDigest, versionOf } from '../ledger/canonical.ts';
import { chargesOf } from '../ledger/charges.ts';
import { type Earlier, earlier, standing } from '../ledger/ledger.ts';
import type { CallFacts, Facts, Verdict } from '../policy/policy.ts';
import type { Capability, Draft, Effect, Tool, Use, WriteTool } from '../tool.ts';
import type { VendorName } from '../vendors/types.ts';
import type { Connection, House, VendorHandle } from './house.ts';
import { parseInput } from './input.ts';
import { asRecorded, judged, judgedUnread } from './judge.ts';
import type { Known } from './nearest.ts';
import { fullId, staleCheck } from './seen.ts';
import { withUsed } from './spending.ts';

// biome-ignore lint/suspicious/noExplicitAny: the catalogue has forgotten the schemas' types; input was parsed by the tool's own
export type AnyWrite = WriteTool<VendorName, any, any>;

/** A write with its input parsed and its account resolved. */
export interface Write {
  tool: AnyWrite;
  // biome-ignore lint/suspicious/noExplicitAny: parsed by the tool's own schema
  input: any;
  connection: Connection;
  principal: string;
  client: string;
}

export interface Gathered extends Write {
  handle: VendorHandle;
  draft: Draft;
  facts: Facts;
  verdict: Verdict;
  /** The last entry of the audit that the usage in the facts includes. */
  as_of: number;
  version: string;
  /** Which call it is, and what exactly would be asked about it. */
  call: string;
  digest: string;
  earlier: Earlier;
}

/** The account of a call: the one named, or the only one of its vendor. Which of several is never guessed. */
export function connectionFor(house: House, vendor: VendorName, named?: string): Connection {
  const candidates = house.connections.filter(
    connection => connection.vendor === vendor && (named === undefined || connection.id === named),
  );
  const [only, ...others] = candidates;
  if (only && others.length === 0) return only;
  if (only)
    throw new Failure('not_sent', 'invalid_input', `There are several ${vendor} accounts; name one.`, {
      next: `Give connection as one of ${candidates.map(({ id }) => id).join(', ')}.`,
    });
  throw new Failure(
    'not_sent',
    'invalid_input',
    `There is no ${vendor} account${named === undefined ? '' : ` called ${JSON.stringify(named.slice(0, 40))}`}.`,
    {
      next: 'list_connections shows the accounts there are.',
    },
  );
}

export function useOf(house: House, connection: Connection, handle: VendorHandle, principal: string): Use<VendorName> {
  return {
    reader: handle.reader,
    idle: house.idle,
    bodyKey: connection.bodyKey,
    markRuns: connection.markRuns,
    now: house.now,
    charges: async () => chargesOf(await house.store.intents({ connection: connection.id, limit: 100 })),
    shorten: ids => house.seen.shorten(accountKey(principal, connection), ids),
    async program(named) {
      const id = named ?? connection.program;
      if (id) return id;
      const programs = await (handle as VendorHandle<'scrip'>).reader.listPrograms();
      const only = programs.length === 1 ? programs[0] : undefined;
      if (only) return only.id;
      throw new Failure(
        'not_sent',
        'invalid_input',
        'program_id is needed: this account has several programs and none is the default.',
        {
          next: 'list_connections shows the programs and their ids.',
        },
      );
    },
  };
}

/** Which account's ids, and whose reading, is meant: nothing is shared between principals (reliability.md C13). */
export const accountKey = (principal: string, connection: Connection): string => `${principal}\0${connection.id}`;
export const readerKey = ({ principal, client }: Pick<Write, 'principal' | 'client'>, connection: Connection): string =>
  `${accountKey(principal, connection)}\0${client}`;

/** Finds the ids of automations by the names under which this principal has met them. */
export const knownTo =
  (house: House, principal: string): Known =>
  (vendor, name) =>
    house.connections
      .filter(connection => connection.vendor === vendor)
      .flatMap(connection => house.seen.met(accountKey(principal, connection)))
      .filter(row => row.name.trim().toLowerCase() === name.trim().toLowerCase())
      .map(({ id }) => id);

export const callFacts = (
  house: House,
  tool: Pick<Tool, 'name'> & ({ kind: 'read' } | { kind: 'write'; effects: readonly Effect[] }),
  needs: readonly Capability[],
  { connection, principal, client, input }: Pick<Write, 'connection' | 'principal' | 'client' | 'input'>,
  stop?: string,
): CallFacts =>
  asRecorded(house, {
    tool: tool.name,
    writes: tool.kind === 'write',
    effects: tool.kind === 'write' ? tool.effects : ['read'],
    needs,
    connection: accountOf(connection),
    settings: house.policy,
    principal,
    ...(house.narrowed ? { narrowed: house.narrowed } : {}),
    client,
    arguments: input,
    now: house.now(),
    ...(stop === undefined ? {} : { stop }),
  });

/** What policy may know of an account: nothing that can be opened. */
const accountOf = ({ id, vendor, environment, scopes, insecureAutoApprove }: Connection): CallFacts['connection'] => ({
  id,
  vendor,
  environment,
  ...(scopes ? { scopes } : {}),
  ...(insecureAutoApprove ? { insecureAutoApprove } : {}),
});

type Who = Pick<Write, 'principal' | 'client'>;

/** A vendor's tool with its arguments parsed, its account resolved, its ids written out, and what refuses it before anything is read. */
export async function aimed(
  house: House,
  tool: Exclude<Tool, { vendor: 'common' }>,
  args: unknown,
  caller: Who,
  plan: boolean = false,
) {
  const { connection: named, ...given } = parseInput(tool, args, knownTo(house, caller.principal));
  const connection = connectionFor(house, tool.vendor, named);
  const input = withFullIds(house, connection, caller.principal, given);
  const needs = tool.kind === 'write' ? tool.needs(input as never) : (['automations:read'] as const);
  const stop = tool.kind === 'write' ? await house.store.stopped() : undefined;
  const facts = callFacts(house, tool, needs, { ...caller, connection, input }, stop);
  return { connection, input, facts, refused: judgedUnread(house, facts, plan) };
}

/** Which call it is: the same for every repeat of it by the same principal. */
export const callOf = ({ tool, input, connection, principal }: Write): string =>
  callDigest({ tool: tool.name, arguments: input, connection: connection.id, principal });

/** A state that the vendor does not document; told where the tool's own checks do not refuse already. */
const unclearCheck = ({ target, checks }: Draft): Draft['checks'] =>
  target?.unclear !== undefined && checks.every(check => check.pass)
    ? [{ name: 'state', pass: false, reason: target.unclear }]
    : [];

/** Stopping never waits: only a stop that is still in flight answers for the same stop, and an old unknown one asks nobody. */
function forStops({ same, seen }: Earlier, now: number): Earlier {
  return same && standing(same, now) === 'in_flight' ? { same, seen } : { seen };
}

export async function gather(house: House, write: Write, plan: boolean = false): Promise<Gathered> {
  const { tool, input, connection, principal, client } = write;
  const handle = await connection.open();
  const draft = await tool.draft(input, useOf(house, connection, handle, principal));
  const key = readerKey(write, connection);
  // Stopping is wanted whatever somebody else changed meanwhile, and whatever state it is in.
  const stale = draft.stops ? [] : staleCheck(draft.target && house.seen.kept(key, draft.target.id), draft);
  if (stale.length > 0 && draft.target && !plan) house.seen.told(key, draft.target.id);
  const checks = [...draft.checks, ...(draft.stops ? [] : unclearCheck(draft)), ...stale];
  const version = versionOf(draft.target?.configuration ?? {});
  const call = callOf(write);
  const [found, stop] = await Promise.all([
    earlier(house.store, { call, connection: connection.id, target: draft.target?.id ?? null, now: house.now() }),
    house.store.stopped(),
  ]);
  const before = draft.stops ? forStops(found, house.now()) : found;
  const balance = handle.credits();
  const { facts, as_of } = await withUsed(
    house.store,
    asRecorded<Facts>(house, {
      ...callFacts(house, tool, tool.needs(input), write, stop),
      effect: draft.effect,
      ...(draft.target ? { target: { id: draft.target.id, name: draft.target.name, state: draft.target.state } } : {}),
      changes: draft.changes.map(({ field }) => field),
      ...(draft.stops ? { stops: true } : {}),
      checks,
      quote: draft.quote,
      ...(draft.audience ? { audience: draft.audience } : {}),
      reversible: tool.reverse !== undefined && draft.effect !== 'run',
      ...(balance === undefined ? {} : { balance: balance.credits, balance_at: balance.at }),
      ...(before.unsettled ? { unsettled: { intent_id: before.unsettled.id, at: before.unsettled.created_at } } : {}),
    }),
  );
  return {
    ...write,
    handle,
    draft: { ...draft, checks },
    facts,
    as_of,
    verdict: judged(house, facts, as_of, call, plan),
    version,
    call,
    digest: questionDigest({ call, client, target_version: version, policy_version: house.policyVersion }),
    earlier: before,
  };
}

/** What goes out for one intent, and the plan of it. */
export const outgoing = ({ draft, connection }: Pick<Gathered, 'draft' | 'connection'>, intent: string) => ({
  request: draft.marked?.(intent) ?? draft.request,
  headers: (connection.vendor === 'trustpager' ? { 'idempotency-key': intent } : {}) as Record<string, string>,
});

/** The arguments with ids written out: what is asked, recorded and compared always carries whole ids. */
export function withFullIds<T extends Record<string, unknown>>(
  house: House,
  connection: Connection,
  principal: string,
  input: T,
): T {
  const account = accountKey(principal, connection);
  const ids = ['automation_id', 'run_id'].filter(name => typeof input[name] === 'string');
  return { ...input, ...Object.fromEntries(ids.map(name => [name, fullId(house.seen, account, String(input[name]))])) };
}

/** What the common tools read at an account is covered by the same scopes as reading it by itself; throws where it is not. */
export function mayRead(house: House, tool: string, connection: Connection, { principal, client }: Who): void {
  const refused = judgedUnread(
    house,
    callFacts(house, { name: tool, kind: 'read' }, ['automations:read'], { connection, principal, client, input: {} }),
  );
  if (refused) throw refusal(refused);
}

/** A refusal by policy, in the words of a result. */
export const refusal = ({ code, rule, reason }: Verdict): Failure =>
  new Failure('denied', code ?? 'denied_by_policy', reason, { rule });
