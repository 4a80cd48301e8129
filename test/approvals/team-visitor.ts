// Visits the team's page as a browser would: signs in, keeps the cookie, fills in forms, and can lie about all of it. And an agent, with its own token.
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Principal } from '../../src/principal.ts';
import { makeClient, type Person, said } from '../fixtures.ts';
import { type Around, type Served, served } from '../identity/served.ts';
import { type Answer, knockAt } from '../transports/knock.ts';
import { unescaped } from './page-visitor.ts';

type Headers = Record<string, string | undefined>;

/** ana's agents ask; bo answers for all others, cy for ana alone, dan for nobody but himself, eve for another. */
export const people: Around['principals'] = [
  { id: 'ana', approves: ['bo'] },
  { id: 'bo', approves: 'all' },
  { id: 'cy', approves: ['ana'] },
  { id: 'dan', approves: ['self'] },
  { id: 'eve', approves: ['dan'] },
];

/** A rule that wants two people for every run. */
export const twoPeople = {
  rules: [
    {
      name: 'two-people',
      when: 'effect == "run"',
      verdict: 'ask_human',
      approver: 'another',
      holds: (facts: { effect: string }) => facts.effect === 'run',
    },
  ],
} as unknown as NonNullable<Around['operator']>;

export const team = ({ env = {}, ...more }: Partial<Around> = {}): Promise<Served> =>
  served({ principals: people, ...more, env: { AUTOMATIONS_CALL_TIMEOUT: '5', ...env } });

/** An agent of somebody's: a client with a token for /mcp. */
export async function agent(s: Served, principal: string, person?: Person) {
  const { token, id } = await s.token(principal);
  const client = makeClient('modern', person);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  // biome-ignore lint/suspicious/noExplicitAny: the client of the tests is two packages' in one
  await (client as any).connect(new StreamableHTTPClientTransport(new URL(s.url), { requestInit }));
  return {
    token,
    id,
    call: async (name: string, args: Record<string, unknown>) => said(await client.callTool({ name, arguments: args })),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

export const hidden = (html: string, name: string): string =>
  unescaped(new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '');

export interface Knocked {
  method?: string;
  path?: string;
  headers?: Headers;
  body?: string;
}

/** A browser at the server's own address, with what such a one sends. */
export function browser(s: { port: number }, host = `127.0.0.1:${s.port}`) {
  let cookie = '';
  const usual = (site: string): Headers => ({
    host,
    'sec-fetch-site': site,
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    ...(cookie ? { cookie } : {}),
  });
  const keep = (answer: Answer): Answer => {
    const [set] = answer.headers['set-cookie'] ?? [];
    if (set) cookie = /Max-Age=0/.test(set) ? '' : (set.split(';', 1)[0] ?? '');
    return answer;
  };
  const me = {
    get cookie() {
      return cookie;
    },
    set cookie(value: string) {
      cookie = value;
    },
    async get(path = '/approvals', headers: Headers = {}): Promise<Answer> {
      return keep(await knockAt(s.port, { method: 'GET', path, headers: { ...usual('none'), ...headers } }));
    },
    async post(path: string, fields: Record<string, string>, { headers = {}, ...rest }: Knocked = {}): Promise<Answer> {
      const body = new URLSearchParams(fields).toString();
      const form = { origin: `http://${host}`, 'content-type': 'application/x-www-form-urlencoded' };
      return keep(
        await knockAt(s.port, {
          method: 'POST',
          path,
          body,
          ...rest,
          headers: { ...usual('same-origin'), ...form, ...headers },
        }),
      );
    },
    signIn: (token: string, question?: string, more?: Knocked): Promise<Answer> =>
      me.post('/approvals/sign-in', { token, ...(question === undefined ? {} : { question }) }, more),
    /** What the page of a question puts into its form. */
    async form(id: string): Promise<{ csrf: string; phrase: string; html: string }> {
      const { text: html } = await me.get(`/approvals/${id}`);
      const at = html.indexOf('/answer"');
      return { csrf: hidden(html.slice(at), 'csrf'), phrase: /<kbd>([^<]*)<\/kbd>/.exec(html)?.[1] ?? '', html };
    },
    async answer(id: string, answer: string, fields: Record<string, string> = {}, more?: Knocked): Promise<Answer> {
      const { csrf, phrase } = await me.form(id);
      return me.post(`/approvals/${id}/answer`, { csrf, answer, ...(phrase ? { phrase } : {}), ...fields }, more);
    },
  };
  return me;
}

/** Somebody's browser, signed in with a token for approvals. */
export async function signedIn(s: Served, principal: Principal['id']) {
  const { token, id } = await s.token(principal, { purpose: 'approvals' });
  const me = browser(s);
  const { status, text } = await me.signIn(token);
  if (status !== 303) throw new Error(`${principal} was not let in: ${status} ${text}`);
  return Object.assign(me, { token, id });
}
