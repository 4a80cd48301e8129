// Who can answer a question outside the client, and what is told where nobody can, or nobody did in time.
import { host, mayApprove } from '../approvals/approvals.ts';
import { Failure } from '../errors.ts';
import type { QuestionRow } from '../store/store.ts';
import type { Gathered } from './gather.ts';
import type { House } from './house.ts';

/** Who can approve a question outside the client, where a rule may want another person than the one who asks. */
export interface Ways {
  /** Whoever sits at this machine. */
  page: boolean;
  terminal: boolean;
  /** On the team's page. */
  team: readonly string[];
}

export async function waysFor({ team, page, approveCommand }: House, question: QuestionRow): Promise<Ways> {
  const here = mayApprove(question, host, 'terminal');
  const others = (await team?.approvers()) ?? [];
  return {
    // With a team, whoever asks sits somewhere else.
    page: here && !team && page !== undefined,
    terminal: here && approveCommand !== undefined,
    team: others.filter(one => mayApprove(question, one, 'page')).map(({ principal }) => principal),
  };
}

export function nobody({ verdict: { rule, reason, approver }, principal }: Gathered): Failure {
  const who = approver ? `Another person than ${JSON.stringify(principal)}` : 'A person';
  return new Failure('denied', 'denied_by_policy', `${who} must confirm this, and nobody can be asked: ${reason}`, {
    rule,
    next: approver
      ? 'Its operator can let somebody else approve on the approval page of a team (docs/approvals.md).'
      : 'Use a client that can ask its user (MCP elicitation), or a server with a state folder, whose questions a terminal can answer.',
  });
}

/** Whether its page is open, in this process or another one. */
export const hasPage = (house: House, { page_until }: QuestionRow): boolean => (page_until ?? 0) > house.now();

export function unanswered(
  house: House,
  question: QuestionRow,
  able: Ways,
  { expired, live }: { expired: boolean; live: boolean },
): Failure {
  const { id, rule, expires_at, principal } = question;
  const details = { waiting_for: 'person', approval_id: id, rule } as const;
  if (expired)
    return new Failure('pending', 'approval_required', 'Nobody answered in time, so the question was closed.', {
      ...details,
      next: 'The identical call asks again.',
    });
  const ways = [
    ...(live ? ['answer the form in their client'] : []),
    ...(hasPage(house, question) ? ['answer on the page that was opened in their browser'] : []),
    ...(able.team.length > 0 && house.team
      ? [`sign in at ${house.team.url(id)} with a token for approvals (${named(able.team)} may answer there)`]
      : []),
    ...(able.terminal ? [terminal(house, id)] : []),
  ];
  const who = question.approver === 'another' ? `Another person than ${JSON.stringify(principal)}` : 'A person';
  const until = new Date(expires_at).toISOString().slice(11, 19);
  const open = `${who} must confirm this first. The question stays open until ${until} UTC.`;
  return new Failure('pending', 'approval_required', open, {
    ...details,
    next: `They can ${ways.join(', or ')}. After their yes, make the identical call again within ${house.times.yes / 1_000} s; it is sent then, once.`,
  });
}

/** What is typed; whoever asks from elsewhere has no business with where things are at the server. */
const terminal = ({ team, approveCommand }: House, id: string): string =>
  team
    ? `type in a terminal at the server: automations-mcp approvals approve ${id.slice(0, 12)}`
    : `type in a terminal: ${approveCommand?.(id)}`;

/** The first few, by name. */
export const named = (all: readonly string[]): string =>
  all.length <= 3 ? all.join(', ') : `${all.slice(0, 3).join(', ')} and ${all.length - 3} more`;
