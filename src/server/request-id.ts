// Which request is under way: its id stands in every log line that is written because of it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const under = new AsyncLocalStorage<string>();

/** What a client or a proxy may name a request: anything else could hold anything. */
const plain = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The id that came with a request, where it is plain, else a new one. */
export const requestId = (given?: unknown): string =>
  typeof given === 'string' && plain.test(given) ? given : randomUUID();

export const underWay = (): string | undefined => under.getStore();

/** Runs it under this id; without one it keeps the id it has, or gets a new one. */
export const inRequest = <T>(run: () => T, id = underWay() ?? requestId()): T => under.run(id, run);
