// What the common tools may use: the accounts, a plan of any call, and following what is under way. None of it sends a write.
import { mayAnswer } from '../approvals/approvals.ts';
import { refusedUnread } from '../policy/policy.ts';
import type { CommonUse, ConnectionView } from '../tool.ts';
import type { Caller } from './call.ts';
import { callFacts } from './gather.ts';
import type { Connection, House, VendorHandle } from './house.ts';
import { plan } from './plan.ts';
import { watch } from './watch.ts';
import { named } from './ways.ts';

/** `named` is the account the call named, where there are several. */
export const commonUse = (house: House, caller: Caller, named?: string): CommonUse => ({
  async connections() {
    const connections = await Promise.all(
      house.connections.map(async (connection): Promise<ConnectionView> => {
        const { id, vendor, environment, scopes, program, insecureAutoApprove, open } = connection;
        const view: ConnectionView = {
          id,
          vendor,
          environment,
          scopes: scopes ? [...scopes] : vendor === 'scrip' ? 'unlimited' : 'not declared',
          ...(insecureAutoApprove ? { insecure_auto_approve: insecureAutoApprove } : {}),
        };
        // An account that may not be read is still named, with its scopes.
        if (unread(house, caller, connection)) return view;
        const handle = await open();
        try {
          if (vendor === 'scrip') {
            const programs = await (handle as VendorHandle<'scrip'>).reader.listPrograms();
            return {
              ...view,
              programs: programs.map(row => ({
                id: row.id,
                name: row.name ?? '',
                ...(row.id === program ? { default: true } : {}),
              })),
            };
          }
          // Every answer carries the credits that are left; the shortest list is the cheapest way to hear of them.
          if (handle.credits() === undefined)
            await (handle as VendorHandle<'trustpager'>).reader.listAutomations({ limit: 1 });
          const left = handle.credits();
          return left === undefined ? view : { ...view, credits_left: left.credits };
        } catch (error) {
          house.log.warn({ err: error, connection: id }, 'an account could not be read');
          return view;
        }
      }),
    );
    return { connections, asking: await howAsked(house, caller) };
  },
  plan: (tool, args) => plan(house, tool, args, caller),
  watch: (what, wait) => watch(house, what, wait, caller, named),
});

/** Whether policy keeps this caller from reading the account. */
const unread = (house: House, { principal, client }: Caller, connection: Connection): boolean =>
  refusedUnread(
    callFacts(house, { name: 'list_connections', kind: 'read' }, ['automations:read'], {
      connection,
      principal,
      client,
      input: {},
    }),
  ) !== undefined;

async function howAsked(house: House, { asking, principal }: Caller): Promise<string> {
  const others = (await house.team?.approvers()) ?? [];
  const team = others.filter(one => mayAnswer({ principal }, one)).map(one => one.principal);
  const ways = [
    ...(team.length > 0 ? [`on the team’s approval page, by ${named(team)}`] : []),
    ...(house.page && !house.team ? ['on a page that is opened in the browser'] : []),
    ...(house.approveCommand ? ['in a terminal (automations-mcp approvals)'] : []),
  ];
  const outside = ways.join(', or ');
  if (asking.way !== 'none') return `a form in the client; what is dear or wide ${outside || 'is refused'}`;
  return outside
    ? `${outside}; this client cannot ask its user`
    : 'nobody can be asked: this client cannot ask its user, and no terminal reaches this server’s questions';
}
