// The same call many times at once, in one process and in two: one question, one request, and everybody is told the same intent.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { SCRIP_AUTOMATIONS, startSandbox, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, fastTwins, type Person, type Said, yes } from '../fixtures.ts';
import { accept, answering, firings, pause } from './twin.ts';

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

describe.concurrent('a yes to a question that does not warn', () => {
  test('P8 P9: of a call that another client made meanwhile is void, and the new question warns of it', async () => {
    await using f = await connect({ person: yes, clientName: 'one' });
    const env = { AUTOMATIONS_CALL_TIMEOUT: '3' };
    await using g = await connect({ env, clientName: 'two', sandbox: f.sandbox, stateFolder: f.stateFolder });
    if (!g.house) throw new Error('the house is not here');
    const { store } = g.house;
    const [tool, args] = calls[1];
    const approve = (id: string) =>
      answerQuestion(store, id, { yes: true, channel: 'terminal', by: host, now: Date.now() });
    const posed = (await g.call(tool, args)).structured;
    expect(posed).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect((await f.call(tool, args)).structured.outcome).toBe('done');
    await approve(posed.approval_id);
    const again = (await g.call(tool, args)).structured;
    expect(again).toMatchObject({ outcome: 'pending', waiting_for: 'person' });
    expect(again.approval_id).not.toBe(posed.approval_id);
    expect((await store.question(again.approval_id))?.shown).toContain('WARNING: the same call was last done');
    expect(await store.question(posed.approval_id)).toMatchObject({ state: 'rejected', channel: 'replaced' });
    expect(firings(await f.writes())).toHaveLength(1);
    // Whoever says yes to it, warned, is taken at their word.
    await approve(again.approval_id);
    expect((await g.call(tool, args)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(2);
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

describe.concurrent('two servers on one store, one step apart', () => {
  const [tool, args] = calls[1];
  /** Two servers whose clients have the same name, and the second one's person, who is to be left alone. */
  async function two() {
    const person = answering(accept);
    const f = await connect({ person: yes });
    const g = await connect({ person, era: 'legacy', sandbox: f.sandbox, stateFolder: f.stateFolder });
    if (!f.house || !g.house) throw new Error('the houses are not here');
    const [first, second] = [f.house.store, g.house.store];
    const close = async (): Promise<void> => {
      await g.close();
      await f.close();
    };
    return { f, g, first, second, person, [Symbol.asyncDispose]: close };
  }
  const oneOnly = async ({ f, first, person }: Awaited<ReturnType<typeof two>>): Promise<void> => {
    expect(firings(await f.writes())).toHaveLength(1);
    expect(person.shown).toEqual([]);
    expect((await first.questions()).map(({ state }) => state)).toEqual(['consumed']);
  };

  test('P8: a call that was done while this one looked leaves it no question to ask', async () => {
    await using both = await two();
    const { f, g, second } = both;
    const { ask } = second;
    const done = Promise.withResolvers<Said>();
    second.ask = async (...given) => {
      done.resolve(await f.call(tool, args));
      return ask(...given);
    };
    const told = await g.call(tool, args);
    sameIntent([await done.promise, told]);
    expect(told.text).toContain('nothing was sent again');
    await oneOnly(both);
  });

  test('P8: nor does one whose intent took its time to be recorded', async () => {
    await using both = await two();
    const { f, g, first, second } = both;
    const [opening, looked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const [opened, { open }, { ask }] = [Promise.withResolvers<void>(), { ...first }, { ...second }];
    first.open = async (...given) => {
      opening.resolve();
      await looked.promise;
      const said = await open(...given);
      opened.resolve();
      return said;
    };
    second.ask = async (...given) => {
      looked.resolve();
      await opened.promise;
      return ask(...given);
    };
    const one = f.call(tool, args);
    await opening.promise;
    await pause(20);
    sameIntent(await Promise.all([one, g.call(tool, args)]));
    await oneOnly(both);
  });
});
