// What is written down about a run while it goes on: calls, intents, questions, and how often each thing happened.
import type { IntentRow, QuestionRow } from '../../src/store/store.ts';
import type { Op } from './ops.ts';

/** One call of an agent, as its own side knows it. */
export interface Call {
  n: number;
  tool: string;
  op: Op | undefined;
  principal: string;
  client: string;
  began: number;
  /** What this call last read of each automation, and when. */
  reads: Map<string, { configuration: string; at: number }>;
  /** How many intents there were when it last looked for earlier ones. */
  knows: number;
  /** How many firings of others, at each automation, were there when it last looked at the runs. */
  looked: Map<string, number>;
  /** Intents recorded by this call whose request has not left yet. */
  ready: Intent[];
  sent: Intent[];
  question?: string;
  /** Answered. */
  over?: boolean;
}

export interface Intent {
  id: string;
  row: IntentRow;
  op: Op;
  call: Call;
  /** How many firings of others were there when its call last looked. */
  looked: number;
  left?: number;
  effects: number;
  /** What the vendor really charged. */
  charged?: number;
  outcome?: NonNullable<IntentRow['outcome']>;
  settled?: number;
}

/** A question, with what the call that posed it had seen, and what a person said to it. */
export interface Asked {
  op: Op;
  principal: string;
  client: string;
  configuration: string | undefined;
  row: QuestionRow;
  /** The last yes in time that was said before one was kept. */
  yes?: { wall: number; channel: string };
  kept?: number;
  no?: boolean;
  used: number;
}

export const counted = [
  'calls',
  'sent',
  'effects',
  'yes',
  'no',
  'late',
  'crashes',
  'done',
  'rejected',
  'not_sent',
  'denied',
  'pending',
  'unknown',
  'settled',
  'repeats',
  'stops',
  'passed',
  'over_budget',
  'raced_for_budget',
  'overcharged',
] as const;
export type Counts = Record<(typeof counted)[number], number>;

/** The same text for the same JSON, whatever the order of its keys. */
export const plain = (value: unknown): string =>
  JSON.stringify(value ?? null, (_, inner) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
