// What a tool is. A tool reads, or it drafts a write; it never sends one: only the call path does, after policy and a person.
import type * as z from 'zod';
import type { Check } from './vendors/checks.ts';
import type { ScripReader } from './vendors/scrip/reader.ts';
import type { Quote } from './vendors/trustpager/prices.ts';
import type { TrustpagerReader } from './vendors/trustpager/reader.ts';
import type { JsonObject, VendorName, VendorReply, VendorRequest } from './vendors/types.ts';

/**
 * What a call does to the world (design section 2), from least to worst:
 * `create` and `update` leave nothing that fires; after `arm` it will run by itself; `run` fires now; `delete` takes away.
 */
export const effects = ['read', 'create', 'update', 'arm', 'run', 'delete'] as const;
export type Effect = (typeof effects)[number];

/** What a key must be allowed to do. TrustPager's names, used for both vendors (design section 5.2). */
export type Capability = 'automations:read' | 'automations:write' | 'automations:trigger' | 'automations:delete';

/** One line of the diff a person sees. Absent `from`: it was not set; absent `to`: it will be removed. */
export interface Change {
  field: string;
  from?: unknown;
  to?: unknown;
}

/** How many people a call reaches: a number with its source, or everyone who matches. */
export interface Audience {
  /** Last known size, where there is one. */
  people?: number;
  note: string;
}

/** What a write acts on, as read a moment ago. Names come from the vendor: data, cleaned before it is shown. */
export interface Target {
  id: string;
  name: string;
  /** The state in the vendor's words, such as `active, idle` or `enabled`. */
  state: string;
  /** A sentence, where its state is none that the vendor documents: then nothing but stopping is done to it (reliability.md P13). */
  unclear?: string | undefined;
  /** Its configuration as read; the digest of it is the target's version (design section 6). */
  configuration: JsonObject;
}

/** A write, drafted from reads alone: everything that policy, the person and the ledger need, and the exact request. */
export interface Draft {
  effect: Effect;
  /** What will happen, one sentence in our words with quoted names: "Fire "Weekly digest" now". */
  summary: string;
  /** Absent for a create. */
  target?: Target;
  request: VendorRequest;
  /** The request as it goes out for one intent, where it carries that intent's id in its body. */
  marked?(intent: string): VendorRequest;
  checks: Check[];
  changes: Change[];
  quote: Quote;
  audience?: Audience;
  /** Pausing, disabling: never waits for a person or for another write. */
  stops?: boolean;
  /** When it will fire, where it has a schedule: for the plan. */
  preview?: string[];
  /** What the target looked like: what a later read is compared with when the answer was lost. */
  preimage?: JsonObject;
}

/** The call that takes a write back. It is planned, asked about and sent like any other. */
export interface Reversal {
  tool: string;
  arguments: JsonObject;
}

export interface Next {
  tool: string;
  arguments: JsonObject;
  why: string;
}

/** What a tool answers when all went well. */
export interface Answer {
  /** The verdict in words, first line of the text. */
  headline: string;
  /** Becomes `structuredContent`; the text is made from it unless `lines` says it better. */
  fields: Record<string, unknown>;
  lines?: string[];
  /** The caller asked for more than a usual page. */
  wide?: boolean;
  /** At most three. */
  next?: Next[];
  /** The automations that it shows, by id and name. */
  met?: { id: string; name: string; event?: string }[];
  /** The automation as the caller has now seen it; a later update is compared with it. */
  seen?: { id: string; configuration: JsonObject };
}

/** What a lost write turned out to be: `done` only where exactly one thing in the world fits it. */
export interface Settled {
  outcome: 'done' | 'unknown';
  /** What was read and what it says. */
  reason: string;
  body?: JsonObject;
  /** What was found carries the intent's own id, so no other call can have left it. */
  certain?: boolean;
}

export interface Window {
  /** The intent's id. */
  intent: string;
  /** Milliseconds: the intent was recorded, and its request could last have run. */
  from: number;
  to: number;
}

export interface Readers {
  scrip: ScripReader;
  trustpager: TrustpagerReader;
}

/** What a vendor tool may use: its own vendor's reads, and the settings that bear on it. */
export interface Use<V extends VendorName> {
  reader: Readers[V];
  /** How strictly Scrip's idle rule is read (design section 5.3). */
  idle: 'strict' | 'not_busy';
  /** The key TrustPager's run data goes under (trustpager.md C3). */
  bodyKey: 'trigger_data' | 'payload' | 'both';
  /** Whether TrustPager's runs are marked with the id of the intent that fired them. */
  markRuns: boolean;
  /** How the account's latest charges compare with the price list; undefined where none was seen. */
  charges(): Promise<{ low: number; high: number; seen: number } | undefined>;
  /** Scrip's program: the one named, else the connection's default. */
  program(named: string | undefined): Promise<string>;
  now(): number;
  /** For a list: how each id may be named in short from now on. */
  shorten(ids: readonly string[]): ReadonlyMap<string, string>;
}

/** What an agent reads of a tool, in the order in which it is read (schema-rules.md section 2). One sentence or more each. */
export interface Words {
  what: string;
  when: string;
  /** When not to use it, and what to use instead. */
  not: string;
  /** What it costs, whom it reaches, who is asked. */
  touches: string;
  next?: string;
}

interface Described<S extends z.ZodObject, O extends z.ZodObject> {
  name: string;
  title: string;
  words: Words;
  toolset: 'core' | 'authoring';
  /** Strict: a misspelled argument is refused, not dropped. */
  input: S;
  /** What is in `structuredContent` of a `done` result; a caller may rely on what is published of it. */
  output: O;
}

/** A field that is in results and is not published: every agent reads every word of every schema. */
export const unpublished = <S extends z.ZodType>(schema: S): S => schema.meta({ unpublished: true });

export interface ReadTool<V extends VendorName, S extends z.ZodObject, O extends z.ZodObject> extends Described<S, O> {
  vendor: V;
  kind: 'read';
  read(input: z.output<S>, use: Use<V>): Promise<Answer>;
}

export interface WriteTool<V extends VendorName, S extends z.ZodObject, O extends z.ZodObject> extends Described<S, O> {
  vendor: V;
  kind: 'write';
  /** Every effect it can have; hints come from the worst. */
  effects: readonly Effect[];
  /** What the key must be allowed, told from the input alone, so that a refusal costs no request. */
  needs(input: z.output<S>): Capability[];
  draft(input: z.output<S>, use: Use<V>): Promise<Draft>;
  answer(reply: VendorReply, input: z.output<S>): Answer;
  /** How it can be taken back, or that nothing can; a sentence for plan, question and result. */
  undo(input: z.output<S>): string;
  /**
   * The call that takes it back, from the arguments, the target's configuration before it and the vendor's reply. Nothing where no one
   * call can, such as where a field had no value to go back to. Absent: nothing ever can.
   */
  reverse?(input: z.output<S>, before: JsonObject | undefined, reply: VendorReply | undefined): Reversal | undefined;
  /** Looks once more after a `done`: a sentence where what the vendor did differs from what was asked. */
  verify?(reply: VendorReply, input: z.output<S>, use: Use<V>): Promise<string | undefined>;
  /** How many people a write that was done reaches, where its answer says so. */
  reached?(reply: VendorReply): number | undefined;
  /** Finds out by reading what became of a write whose answer was lost. Absent: nothing can tell. */
  settle?(input: z.output<S>, preimage: JsonObject, window: Window, use: Use<V>): Promise<Settled>;
}

/** An account as an agent may know it: no key, no address beyond what tells real from twin. */
export interface ConnectionView {
  id: string;
  vendor: VendorName;
  environment: 'production' | 'sandbox';
  scopes: string[] | 'not declared' | 'unlimited';
  programs?: { id: string; name: string; default?: boolean }[];
  credits_left?: number;
  /** The operator turned asking off for it. */
  insecure_auto_approve?: true;
}

/** What can be followed to its end: a Scrip fan-out, a TrustPager run, or a call whose outcome is open. */
export type Watched =
  | { automation_id: string; program_id?: string | undefined; since?: string | undefined }
  | { run_id: string }
  | { intent_id: string };

/** What the common tools may use. None of it can send a write. */
export interface CommonUse {
  connections(): Promise<{ connections: ConnectionView[]; asking: string }>;
  plan(tool: string, args: unknown): Promise<Answer>;
  watch(what: Watched, wait_s: number): Promise<Answer>;
}

export interface CommonTool<S extends z.ZodObject, O extends z.ZodObject> extends Described<S, O> {
  vendor: 'common';
  kind: 'read';
  /** The view that a client may show its results in. */
  view?: 'plan' | 'run';
  read(input: z.output<S>, use: CommonUse): Promise<Answer>;
}

// The catalogue holds tools of many schemas; each was checked where it was defined, and its input is parsed by its own schema.
// biome-ignore lint/suspicious/noExplicitAny: the one place where the schemas' types are forgotten
type Any = any;
export type Tool =
  | ReadTool<'scrip', Any, Any>
  | ReadTool<'trustpager', Any, Any>
  | WriteTool<'scrip', Any, Any>
  | WriteTool<'trustpager', Any, Any>
  | CommonTool<Any, Any>;

export const readTool = <V extends VendorName, S extends z.ZodObject, O extends z.ZodObject>(
  tool: Omit<ReadTool<V, S, O>, 'kind'>,
): ReadTool<V, S, O> => ({ ...tool, kind: 'read' });

export const writeTool = <V extends VendorName, S extends z.ZodObject, O extends z.ZodObject>(
  tool: Omit<WriteTool<V, S, O>, 'kind'>,
): WriteTool<V, S, O> => ({ ...tool, kind: 'write' });

export const commonTool = <S extends z.ZodObject, O extends z.ZodObject>(
  tool: Omit<CommonTool<S, O>, 'kind' | 'vendor'>,
): CommonTool<S, O> => ({ ...tool, kind: 'read', vendor: 'common' });

export const effectsOf = (tool: Tool): readonly Effect[] => (tool.kind === 'write' ? tool.effects : ['read']);

/** The four MCP hints, from the worst effect a tool can have. Nothing that costs or reaches people is ever called idempotent. */
export function hints(tool: Tool) {
  const worst = effects[Math.max(...effectsOf(tool).map(effect => effects.indexOf(effect)))] ?? 'delete';
  return {
    readOnlyHint: worst === 'read',
    destructiveHint: worst === 'arm' || worst === 'run' || worst === 'delete',
    idempotentHint: worst === 'read',
    openWorldHint: true,
  };
}
