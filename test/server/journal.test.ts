// A journal that cannot take a record, or a clock that cannot be right: nothing is sent, whatever was said before, and once it can, the yes that was given still sends once (P13).
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { thisProgram } from '../../src/cli/house.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Era, type Fixture, type Person, requestsOf } from '../fixtures.ts';
import { start, surroundings } from '../transports/program.ts';
import { accept, answering, firings } from './twin.ts';

const trigger = ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }] as const;
const rename = [
  'trustpager_update_automation',
  { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: 'Hello' },
] as const;

const stored = (stateFolder: string): DatabaseSync => new DatabaseSync(join(stateFolder, 'state.sqlite'));
const call = (id: string, [name, args]: readonly [string, object]) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args },
});

describe.concurrent('P13: a journal that cannot be written', () => {
  test('refuses the record after the yes: nothing is sent, and the yes is kept', async () => {
    const person = answering(accept);
    await using f = await connect({ era: 'legacy', person });
    await f.call(...rename);
    const before = (await f.writes()).length;
    using db = stored(f.stateFolder);
    db.exec("CREATE TRIGGER full BEFORE INSERT ON intents BEGIN SELECT RAISE(ABORT, 'no'); END");
    for (const [tool, args] of [trigger, [rename[0], { ...rename[1], name: 'Hi' }] as const]) {
      const said = await f.call(tool, args);
      expect(said.structured).toMatchObject({ outcome: 'not_sent', code: 'internal_error' });
      expect(said.text).toContain('Nothing was sent, nothing was spent.');
    }
    expect(await f.writes()).toHaveLength(before);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['approved']);
    db.exec('DROP TRIGGER full');
    expect((await f.call(...trigger)).structured.outcome).toBe('done');
    expect(person.shown).toHaveLength(1);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('is held by another process: the call refuses, and goes through once it is let go', async () => {
    await using around = await surroundings();
    await using program = start(around.env);
    await program.open();
    program.send(call('first', rename));
    expect((await program.reply('first')).result.structuredContent.outcome).toBe('done');
    const before = await requestsOf(around.sandbox);
    using db = stored(around.stateFolder);
    db.exec('BEGIN IMMEDIATE');
    program.send(call('held', [rename[0], { ...rename[1], name: 'Hi' }]));
    const held = (await program.reply('held')).result;
    expect(held.structuredContent).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(held.structuredContent.message).toContain('held by another process; nothing was sent.');
    const writes = (all: typeof before) => all.filter(({ method }) => method !== 'GET');
    expect(writes(await requestsOf(around.sandbox))).toEqual(writes(before));
    db.exec('ROLLBACK');
    program.send(call('free', [rename[0], { ...rename[1], name: 'Hi' }]));
    expect((await program.reply('free')).result.structuredContent.outcome).toBe('done');
  });

  // No byte may be written to any file: what a full disk does, without one.
  test.runIf(process.platform === 'linux')(
    'lies on a disk without room: nothing is sent, and reading goes on',
    async () => {
      await using around = await surroundings();
      const [node = '', main = ''] = thisProgram();
      await using program = start(around.env, { command: ['sh', '-c', `ulimit -f 0; exec '${node}' '${main}'`] });
      await program.open();
      for (const [id, what] of [
        ['run', trigger],
        ['rename', rename],
      ] as const) {
        program.send(call(id, what));
        const { structuredContent } = (await program.reply(id)).result;
        expect(structuredContent).toMatchObject({ outcome: 'not_sent' });
      }
      program.send(call('read', ['scrip_list_automations', {}]));
      expect((await program.reply('read')).result.structuredContent.outcome).toBe('done');
      expect((await requestsOf(around.sandbox)).filter(({ method }) => method !== 'GET')).toEqual([]);
    },
  );
});

describe.concurrent('P13: a clock that went back', () => {
  const back = (f: Fixture, ms: number): void => {
    if (f.house) f.house.now = () => Date.now() - ms;
  };

  test.each<Era>(['modern', 'legacy'])('while a %s client’s person is asked: their yes sends nothing', async era => {
    const asked: Fixture[] = [];
    const person: Person = async () => {
      for (const f of asked) back(f, 10 * 60_000);
      return accept;
    };
    await using f = await connect({ era, person, env: { AUTOMATIONS_CALL_TIMEOUT: '4' } });
    asked.push(f);
    const said = await f.call(...trigger).catch(error => ({ structured: { outcome: String(error) } }));
    expect(['not_sent', 'pending']).toContain(said.structured.outcome);
    expect(await f.writes()).toEqual([]);
    expect(await f.house?.store.intents({})).toEqual([]);
    // Set right again, the question is still there to be answered.
    back(f, 0);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open']);
  });

  test('after the yes, before it is used: nothing is sent until it is right again', async () => {
    await using f = await connect({ env: { AUTOMATIONS_CALL_TIMEOUT: '2' } });
    const { structured } = await f.call(...trigger);
    if (!f.house) throw new Error('no house');
    const now = Date.now();
    await answerQuestion(f.house.store, structured.approval_id, { yes: true, channel: 'terminal', by: host, now });
    back(f, 10 * 60_000);
    expect((await f.call(...trigger)).structured).toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    expect(await f.writes()).toEqual([]);
    back(f, 0);
    expect((await f.call(...trigger)).structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });
});
