// Several processes on one store race for what is left of a budget: together they never take more than there is.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  TRUSTPAGER_CONTACTS as CONTACTS,
  startSandbox,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
} from '../../src/sandbox/index.ts';
import { connect, fastTwins, requestsOf } from '../fixtures.ts';
import { accept, fault, firings, pause } from './twin.ts';

/** Up to 120 credits each, all at different automations or for different people: nothing but the budget keeps them apart. */
const wishes = [TRUSTPAGER.welcomeSms, TRUSTPAGER.missedCall].flatMap(automation_id =>
  [CONTACTS.priya, CONTACTS.tom].map(contact_id => ({ automation_id, trigger_data: { contact_id } })),
);

test('P14: four processes and the last credit', async () => {
  const sandbox = await startSandbox(fastTwins);
  const stateFolder = await mkdtemp(join(tmpdir(), 'automations-mcp-budget-'));
  const file = join(stateFolder, 'automations.yaml');
  writeFileSync(file, 'budgets: [{ name: last, per: day, credits: 239 }]\n');
  // Nobody answers before all were asked, so that all go on at once.
  let asked = 0;
  const all = Promise.withResolvers<void>();
  const person = async () => {
    if (++asked === wishes.length) all.resolve();
    await Promise.race([all.promise, pause(10_000)]);
    return accept;
  };
  // What is reserved stays reserved while the others look.
  await fault(sandbox, { fault: 'latency', method: 'POST', path: '/trigger', ms: 3_000 });
  const env = { AUTOMATIONS_CONFIG: file };
  const servers = await Promise.all(
    wishes.map(() => connect({ transport: 'stdio', person, sandbox, stateFolder, env })),
  );
  const told = await Promise.all(
    servers.map((server, n) => server.call('trustpager_trigger_automation', wishes[n] ?? {})),
  );
  const codes = told.map(({ structured }) => structured.code ?? structured.outcome);
  // Who comes late enough to see the one under way is told that instead: that nothing more was sent is what counts.
  expect(codes.filter(code => code !== 'budget_exceeded' && code !== 'precondition_failed')).toEqual(['done']);
  expect(firings(await requestsOf(sandbox))).toHaveLength(1);
  for (const server of servers) await server.close();
  await sandbox.close();
  await rm(stateFolder, { recursive: true, force: true });
});
