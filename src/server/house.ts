// What one running program shares between all its clients: catalogue, connections, store and the operator's settings.
import type { Approver } from '../approvals/approvals.ts';
import type { Audited } from '../ledger/audit.ts';
import type { Narrowed, Settings } from '../policy/policy.ts';
import type { QuestionRow, Store } from '../store/store.ts';
import type { Readers, Tool } from '../tool.ts';
import type { Receipt, VendorName, VendorRequest } from '../vendors/types.ts';
import type { Ending } from './clock.ts';
import type { Observer } from './observer.ts';
import type { Seen } from './seen.ts';

/** The one thing that can reach a vendor. The call path alone holds it; tools get its `reader`. */
export interface VendorHandle<V extends VendorName = VendorName> {
  reader: Readers[V];
  /** The request as it goes out, secrets masked. */
  literal(
    request: VendorRequest,
    headers?: Record<string, string>,
  ): { method: string; url: string; headers: Record<string, string>; body?: string };
  /** 0, or how many seconds until our own pacing lets a write through. */
  ready(): number;
  /** One attempt on a fresh connection. `signal` counts only until the first byte leaves, and `stopped` is asked right before that. */
  send(
    request: VendorRequest,
    options: { signal?: AbortSignal; stopped?: () => Promise<boolean>; headers?: Record<string, string> },
  ): Promise<Receipt>;
  /** The credits the account last reported, where its vendor counts any, and when it was asked, in milliseconds. */
  credits(): { credits: number; at: number } | undefined;
  /** The credits that the answer to a write says are left. */
  creditsIn(receipt: Receipt): number | undefined;
  close(): Promise<void>;
}

export interface Connection {
  id: string;
  vendor: VendorName;
  environment: 'production' | 'sandbox';
  /** Declared scopes; absent where nothing was declared. */
  scopes?: readonly string[];
  /** Scrip's default program. */
  program?: string;
  /** The key TrustPager's run data goes under. */
  bodyKey: 'trigger_data' | 'payload' | 'both';
  /** Whether its runs are marked with the id of the intent that fired them. */
  markRuns: boolean;
  /** The operator turned asking off for it: what the defaults would ask about goes through without a person. */
  insecureAutoApprove?: true;
  /** Opens the client, and the twin behind it where it is one, at the first call that needs it. */
  open(): Promise<VendorHandle>;
}

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface House {
  version: string;
  /** The tools there are in the toolset this server offers, and, by name, those offered for its accounts. */
  catalogue: readonly Tool[];
  tools: ReadonlyMap<string, Tool>;
  connections: readonly Connection[];
  /** Words that completions offer. */
  suggested: { actions: readonly string[]; triggers: Record<VendorName, readonly string[]> };
  /** Its verbs write the audit; `note` is for what has no verb. */
  store: Store;
  note: Audited['note'];
  policy: Settings;
  /** What the caller may do at most, where the operator left them less than this server may do. */
  narrowed?: Narrowed;
  /** Digest of everything the operator set that bears on a verdict. */
  policyVersion: string;
  idle: 'strict' | 'not_busy';
  /** Milliseconds. */
  times: {
    /** Every call answers within this. */
    call: number;
    /** How long a question stays open, asked in the client, or elsewhere. */
    askInClient: number;
    askElsewhere: number;
    /** How long a yes may be used. */
    yes: number;
    /** How long a write's request may live: 30 s, or 120 s for a run. */
    write: number;
    run: number;
  };
  seen: Seen;
  /** The command a person types to see and answer one question; absent where no terminal can reach the store. */
  approveCommand?: (id: string) => string;
  /** Opens a question in the browser of whoever sits at this machine; absent where that is nobody, or not wanted. */
  page?: { open(question: QuestionRow): Promise<boolean> };
  /** Where a team answers: who can sign in there as things stand, and each question's address, which opens nothing by itself. */
  team?: { approvers(): Promise<readonly Approver[]>; url(question: string): string };
  /** Masks every known secret, in whatever form it stands. */
  redact(text: string): string;
  /** JSON text of a value, masked in the same way; it stays JSON. */
  redactedJson(value: unknown): string;
  /** Told when the program is to end. */
  ending?: Ending;
  /** Writes whose receipt is not in yet; a shutdown waits for them. */
  inFlight: Set<Promise<unknown>>;
  log: Log;
  /** Whoever watches what happens. */
  observer?: Observer;
  now(): number;
}
