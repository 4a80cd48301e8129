// Short ways to order faults from the twins, to look inside them, and to change things at a vendor behind the server's back.
import { type Sandbox, SCRIP_PROGRAMS } from '../../src/sandbox/index.ts';
import type { Person, Request } from '../fixtures.ts';

export interface FaultOrder {
  fault: string;
  vendor?: 'scrip' | 'trustpager';
  method?: string;
  path?: string;
  times?: number;
  ms?: number;
  action_type?: string;
  factor?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: what the twins hold is looked at field by field
export type Inside = any;

async function room(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Inside> {
  const response = await fetch(`${sandbox.url}/_twin/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json', connection: 'close' } }),
  });
  if (!response.ok) throw new Error(`The control room said ${response.status}: ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

export const fault = (sandbox: Sandbox, order: FaultOrder): Promise<Inside> => room(sandbox, 'POST', 'faults', order);
export const clearFaults = (sandbox: Sandbox): Promise<Inside> => room(sandbox, 'DELETE', 'faults');
export const inside = (sandbox: Sandbox): Promise<Inside> => room(sandbox, 'GET', 'state');
/** Puts a Scrip automation into a state that would take long to reach. */
export const arrange = (sandbox: Sandbox, id: string, state: object): Promise<Inside> =>
  room(sandbox, 'PATCH', `scrip/automations/${id}`, state);

/** What somebody else does at the vendor meanwhile. It shows in the record of requests like any other. */
export async function elsewhere(
  sandbox: Sandbox,
  vendor: 'scrip' | 'trustpager',
  method: string,
  path: string,
  body?: unknown,
): Promise<Inside> {
  const { baseUrl, key } = sandbox[vendor];
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'somebody-else',
      ...(vendor === 'scrip' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`The twin said ${response.status}: ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

export const inRewards = (id: string): string => `/programs/${SCRIP_PROGRAMS.rewards}/automations/${id}`;

/** Requests that fire something, in the order they came. */
export const firings = (requests: readonly Request[]): Request[] =>
  requests.filter(({ method, path }) => method === 'POST' && /\/(trigger|execute)$/.test(path));

/** A person who gives each answer once, in order, and the last one from then on; what they were shown is kept. */
export function answering(...answers: Awaited<ReturnType<Person>>[]): Person & { shown: string[] } {
  const shown: string[] = [];
  return Object.assign(
    async (message: string) => {
      shown.push(message);
      const answer = answers[Math.min(shown.length, answers.length) - 1];
      if (!answer) throw new Error('no answer is left');
      return answer;
    },
    { shown },
  );
}

export const accept = { action: 'accept' as const, content: { confirm: true } };

/** Looks until what is looked for is there; a test that waits in vain ends by the runner's own time limit. */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && (seen as unknown) !== false) return seen;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

/** A prompt's arguments, each with this text; those that take one of the two vendors' names and nothing else have one. */
export const promptArguments = (args: readonly { name: string }[], text: string): Record<string, string> =>
  Object.fromEntries(args.map(({ name }) => [name, ['vendor', 'to'].includes(name) ? 'scrip' : text]));
