// The record of what arrived at the twins, for tests and for whoever wants to see what a client really sent.
import { parseJson } from '../json.ts';

export type Vendor = 'scrip' | 'trustpager' | 'redirected';

export interface Entry {
  seq: number;
  at: string;
  vendor: Vendor;
  method: string;
  /** The whole path, query left out. */
  path: string;
  query: Record<string, string>;
  /** Secrets are replaced; that they were there is kept. */
  headers: Record<string, string>;
  body: unknown;
  /** The client's port: two requests with the same one shared a connection. */
  connection: number | undefined;
  /** What was answered; null while it is under way, and when no answer was given. */
  status: number | null;
  /** The vendor carried the write out. False for reads, refusals, held writes, replays, and faults before the effect. */
  effect: boolean;
  note?: 'held' | 'replayed';
  fault?: string;
}

export interface RequestLog {
  arrived(
    fields: Pick<Entry, 'vendor' | 'method' | 'at' | 'connection'> & { url: URL; headers: Headers; text: string },
  ): Entry;
  entries(): readonly Entry[];
  clear(): void;
}

const KEPT = 5000;
const SECRET_HEADERS = new Set(['authorization', 'x-api-key', 'cookie', 'proxy-authorization']);

function readable(text: string): unknown {
  if (text === '') return undefined;
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : text.slice(0, 10_000);
}

export function createLog(): RequestLog {
  let entries: Entry[] = [];
  let seq = 0;
  return {
    arrived({ url, headers, text, ...rest }) {
      seq += 1;
      const shown = [...headers].map(([name, value]) => [name, SECRET_HEADERS.has(name) ? '[secret]' : value]);
      const entry: Entry = {
        seq,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: Object.fromEntries(shown),
        body: readable(text),
        status: null,
        effect: false,
        ...rest,
      };
      entries.push(entry);
      if (entries.length > KEPT) entries = entries.slice(-KEPT);
      return entry;
    },
    entries: () => entries,
    clear: () => {
      entries = [];
    },
  };
}
