// The same call many times at once, in one process and in two: one question, one request, and everybody is told the same intent.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, fastTwins, type Person, type Said, yes } from '../fixtures.ts';
import { answering, firings, pause } from './twin.ts';

const calls = [
  ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }],
  ['trustpager_trigger_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms }],
] as const;

/** A person whom nobody hurries: they answer once as many calls as are expected had their time to come in. */
function unhurried(expected: number) {
  const all = Promise.withResolvers<void>();
  let shown = 0;
  const person: Person = async message => {
    shown++;
    if (shown >= expected) all.resolve();
    await all.promise;
    await pause(700);
    return yes(message);
  };
  return { person, shown: () => shown };
}

const sameIntent = (told: Said[]): void => {
  expect(told.map(({ structured }) => structured?.outcome)).toEqual(told.map(() => 'done'));
  expect(new Set(told.map(({ structured }) => structured.intent_id)).size).toBe(1);
};

describe.concurrent.each<Era>(['modern', 'legacy', 'v1'])('a %s client', era => {
  test.each(calls)('P1 P8: ten %s at once are one request, and all are told the same intent', async (tool, args) => {
    // A round trip shows each call its form; a live client is asked once, and the others wait for that answer.
    const asked = era === 'modern' ? 10 : 1;
    const { person, shown } = unhurried(asked);
    await using f = await connect({ era, person });
    sameIntent(await Promise.all(Array.from({ length: 10 }, () => f.call(tool, args))));
    expect(shown()).toBe(asked);
    expect(firings(await f.writes())).toHaveLength(1);
    expect(await f.house?.store.intents({})).toHaveLength(1);
    expect(await f.house?.store.questions()).toHaveLength(1);
  });

  test('P1 P8: two at once, the person taking their time: one request, one intent', async () => {
    await using f = await connect({ era, person: message => pause(300).then(() => yes(message)) });
    const [tool, args] = calls[1];
    const first = f.call(tool, args);
    await pause(50);
    sameIntent(await Promise.all([first, f.call(tool, args)]));
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P1 P8: ten at once and a person who says no: nothing is sent, and nobody is told otherwise', async () => {
    const person = answering({ action: 'decline' });
    await using f = await connect({ era, person });
    const [tool, args] = calls[0];
    const told = await Promise.all(Array.from({ length: 10 }, () => f.call(tool, args)));
    expect(told.map(({ structured }) => structured.outcome)).toEqual(Array(10).fill('denied'));
    expect(await f.writes()).toEqual([]);
  });
});

describe.concurrent('two clients of one server', () => {
  test('P4: each is asked for itself, and one yes sends one request', async () => {
    await using f = await connect({ person: yes, clientName: 'one' });
    const person = answering({ action: 'decline' });
    await using g = await connect({
      person,
      clientName: 'two',
      sandbox: f.sandbox,
      stateFolder: f.stateFolder,
    });
    const [tool, args] = calls[1];
    const told = await Promise.all([f.call(tool, args), g.call(tool, args)]);
    expect(firings(await f.writes()).length).toBeLessThanOrEqual(1);
    expect(told[0].structured.outcome).toBe('done');
    expect(['denied', 'done']).toContain(told[1].structured.outcome);
  });
});

describe.concurrent.each<Era>(['modern', 'legacy'])('two processes on one state folder, %s clients', era => {
  test('P1 P8: five calls in each at once are one request, and all are told the same intent', async () => {
    const stateFolder = await mkdtemp(join(tmpdir(), 'automations-mcp-'));
    const sandbox = await startSandbox(fastTwins);
    try {
      // A live client of each process is asked once about the one question; the first answer wins.
      const { person } = unhurried(era === 'modern' ? 10 : 2);
      const shared = { transport: 'stdio', era, sandbox, stateFolder, person } as const;
      await using f = await connect(shared);
      await using g = await connect(shared);
      const [tool, args] = calls[1];
      sameIntent(await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? f : g).call(tool, args))));
      expect(firings(await f.writes())).toHaveLength(1);
    } finally {
      await sandbox.close();
      await rm(stateFolder, { recursive: true, force: true });
    }
  });
});
