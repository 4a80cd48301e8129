// The team's page as the rest of the program knows it: where each question is, who can answer there, and what answers a request.
import type { getRequestListener } from '@hono/node-server';
import type { Approver } from './approvals.ts';
import type { Team } from './team-server.ts';

type Listener = ReturnType<typeof getRequestListener>;
type Incoming = Parameters<Listener>[0];
type Outgoing = Parameters<Listener>[1];

export interface TeamPage {
  /** Told once, when it is known: the address that people type. */
  at(origin: string): void;
  /** Each question's address: an address, and no key to anything. */
  url(question: string): string;
  /** Everybody who can sign in as things stand. */
  approvers(): Promise<readonly Approver[]>;
  /** Answers a request below `/approvals`. `own`: the origin that it names by its Host. */
  answer(incoming: Incoming, outgoing: Outgoing, own: string): Promise<void>;
}

export function teamPage(team: Team, approvers: TeamPage['approvers']): TeamPage {
  let base = '';
  let opening: Promise<(own: string) => Listener> | undefined;
  async function open() {
    const [{ teamApp }, { getRequestListener }] = await Promise.all([
      import('./team-server.ts'),
      import('@hono/node-server'),
    ]);
    const app = await teamApp(team);
    return (own: string) =>
      getRequestListener((request, env) => app.fetch(request, { ...env, own }), { overrideGlobalObjects: false });
  }
  return {
    at(origin) {
      base = origin;
    },
    url: question => `${base}/approvals/${question}`,
    approvers,
    async answer(incoming, outgoing, own) {
      opening ??= open();
      await (await opening)(own)(incoming, outgoing);
    },
  };
}
