// The approval page of a team: people sign in with a token of their own and answer what is theirs to answer. Loaded when somebody comes.
import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { QuestionRow, Store } from '../store/store.ts';
import { type Approver, mayAnswer, mayApprove, same } from './approvals.ts';
import { type Answering, shown, taken, type Visitor } from './page-answer.ts';
import { noticePage, onwardPage } from './page-frame.ts';
import { cookiesOf, field, formOf, refusedByTeam } from './page-guard.ts';
import { broke, namesItsOrigin, nothing, page, refusal } from './page-reply.ts';
import { type Passes, passDigest, passes } from './team-pass.ts';
import { inside, listPage, outside, signInPage } from './team-view.ts';

/** Who may come in, and who is still welcome. */
export interface Door {
  /** The person whose token this is, and its public part; nothing where it opens no approval page. */
  enter(token: string): Promise<{ token: string; by: Approver } | undefined>;
  /** The person, as long as that token of theirs is good. Asked with every request. */
  stay(token: string, principal: string): Promise<Approver | undefined>;
}

export interface Team extends Answering {
  store: Pick<Store, 'question' | 'questions' | 'answer' | 'endSession' | 'sessionEnded'>;
  door: Door;
  /** Of the store, for this page alone. */
  key(): Promise<Uint8Array>;
  /** Of signing in, by the address it comes from: 0, or the seconds to wait; and that an attempt was right, which then counts for nothing. */
  attempts: { begin(address: string): Promise<number>; right(address: string): Promise<unknown> };
  /** Told who came in, and that somebody did not. */
  told(what: 'in' | 'refused', fields: object): void;
  onerror(error: unknown): void;
}

/** For how long somebody stays signed in: a morning, or an afternoon. */
const STAY = 4 * 3_600_000;
/** So many open questions are looked through for those that are somebody's to answer. */
const MOST_READ = 1_000;

const tooLong = { status: 413, reason: 'That is too long.' } as const;

/** Over https the cookie is one that only this very host can have set, and the whole host's; else it goes to the page alone. */
const cookieOf = (own: string) =>
  own.startsWith('https:')
    ? { name: '__Host-approvals', more: 'Path=/; Secure; HttpOnly; SameSite=Strict' }
    : { name: 'approvals', more: 'Path=/approvals; HttpOnly; SameSite=Strict' };

/** What comes with a request besides what is Node's. */
export interface Bindings extends HttpBindings {
  /** The origin that the request names by its Host, which the server's wall has let through. */
  own: string;
}

interface Guest {
  pass: string;
  expires_at: number;
  by: Approver;
}

export async function teamApp(team: Team) {
  const { Hono } = await import('hono');
  const { store, door, now } = team;
  let making: Promise<Passes> | undefined;
  const made = (): Promise<Passes> => {
    making ??= team.key().then(passes);
    making.catch(() => {
      // A store that could not be read may be readable the next time.
      making = undefined;
    });
    return making;
  };

  const app = new Hono<{ Bindings: Bindings }>();
  type C = Context<{ Bindings: Bindings }>;
  app.use(async (c, next) => {
    const refused = refusedByTeam(c.env.incoming, c.env.own);
    return refused ? refusal(refused, outside) : next();
  });
  app.onError(error => {
    team.onerror(error);
    return broke(outside);
  });

  /** Whose browser this is. What ended, ran out, or was revoked since is nobody's. */
  async function guest(c: C): Promise<Guest | undefined> {
    for (const pass of cookiesOf(c.req.header('cookie'), cookieOf(c.env.own).name)) {
      const opened = (await made()).read(pass, now());
      if (!opened || (await store.sessionEnded(passDigest(pass)))) continue;
      const by = await door.stay(opened.token, opened.principal);
      if (by) return { pass, expires_at: opened.expires_at, by };
    }
    return undefined;
  }

  const framed = async ({ pass, by }: Guest) => inside(by.principal, (await made()).form(pass, 'sign-out'));

  async function visitor(who: Guest, question: QuestionRow): Promise<Visitor> {
    const { id, verdict } = question;
    const typed = verdict === 'ask_human' && mayApprove(question, who.by, 'page');
    const { form, phrase } = await made();
    return {
      by: who.by,
      path: `/approvals/${id}`,
      csrf: form(who.pass, id),
      phrase: typed ? phrase(who.pass, id) : undefined,
      framing: await framed(who),
    };
  }

  /** A question that is theirs to answer; whatever is not is told like what does not exist (reliability.md C13). */
  async function theirs({ by }: Guest, id: string): Promise<QuestionRow | undefined> {
    const question = await store.question(id);
    return question && mayAnswer(question, by) ? question : undefined;
  }

  /** A browser that was sent here from elsewhere leaves its cookie at home; asked again by this page, it brings it. */
  function welcome(c: C, question?: string): Response {
    const from = c.req.header('sec-fetch-site');
    if (from === 'cross-site' || from === 'same-site') return page(200, onwardPage(c.req.path, outside));
    return page(200, signInPage({ question }), namesItsOrigin);
  }

  const out = (): Response =>
    page(403, signInPage({ why: 'You are not signed in, or no longer. Nothing was approved.' }), namesItsOrigin);

  app.get('/approvals', async c => {
    const who = await guest(c);
    if (!who) return welcome(c);
    const open = await store.questions({ open_at: now(), limit: MOST_READ });
    const mine = open.filter(question => mayAnswer(question, who.by));
    const masked = mine.map(row => ({ ...row, shown: team.redact(row.shown), client: team.redact(row.client) }));
    return page(200, listPage(masked, now(), await framed(who)), namesItsOrigin);
  });

  app.post('/approvals/sign-in', async c => {
    const address = String(c.env.incoming.socket.remoteAddress);
    const wait = await team.attempts.begin(address);
    if (wait > 0)
      return page(429, noticePage('Too often', `Wait ${wait} s, then try again.`, outside), {
        'retry-after': String(wait),
      });
    const form = await formOf(c.req.raw);
    if (!form) return refusal(tooLong, outside);
    const goal = /^[0-9a-f]{32}$/.exec(field(form, 'question') ?? '')?.[0];
    const entered = await door.enter((field(form, 'token') ?? '').trim());
    if (!entered) {
      team.told('refused', { address });
      const why = 'That is no token for approvals, or it is no longer good.';
      return page(403, signInPage({ question: goal, why }), namesItsOrigin);
    }
    await team.attempts.right(address);
    const { token, by } = entered;
    team.told('in', { principal: by.principal, token });
    const pass = (await made()).make({ token, principal: by.principal, expires_at: now() + STAY }, randomBytes(16));
    const { name, more } = cookieOf(c.env.own);
    return page(303, '', {
      location: goal === undefined ? '/approvals' : `/approvals/${goal}`,
      'set-cookie': `${name}=${pass}; Max-Age=${STAY / 1_000}; ${more}`,
    });
  });

  app.post('/approvals/sign-out', async c => {
    const who = await guest(c);
    if (!who) return out();
    const form = await formOf(c.req.raw);
    if (!form) return refusal(tooLong, outside);
    if (!same(field(form, 'csrf') ?? '', (await made()).form(who.pass, 'sign-out')))
      return refusal({ status: 403, reason: 'Another page sent this.' }, outside);
    const { pass, expires_at, by } = who;
    await store.endSession({ id: passDigest(pass), principal: by.principal, expires_at }, now());
    const { name, more } = cookieOf(c.env.own);
    return page(303, '', { location: '/approvals', 'set-cookie': `${name}=; Max-Age=0; ${more}` });
  });

  app.get('/approvals/:id', async c => {
    const id = c.req.param('id');
    const who = await guest(c);
    if (!who) return welcome(c, id);
    const question = await theirs(who, id);
    return question ? shown(team, await visitor(who, question), question) : nothing(outside);
  });

  app.post('/approvals/:id/answer', async c => {
    const who = await guest(c);
    if (!who) return out();
    const question = await theirs(who, c.req.param('id'));
    if (!question) return nothing(outside);
    const form = await formOf(c.req.raw);
    if (!form) return refusal(tooLong, outside);
    return taken(team, await visitor(who, question), question.id, form);
  });

  return app;
}
