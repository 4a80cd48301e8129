// One log line for each call, at level info: whose it was, what it came to, and the ids that lead to the rest (docs/hosting.md).
import type { Log } from '../server/house.ts';
import type { Observer } from '../server/observer.ts';

export const callLines = (log: Log): Observer => ({
  call: ({ tool, principal, session }) => ({
    ended: ({ outcome, code, connection, intent, question, ms }) =>
      log.info({ tool, principal, session, connection, outcome, code, intent, question, ms }, 'call'),
  }),
});
