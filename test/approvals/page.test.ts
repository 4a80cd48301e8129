// The approval page over real HTTP: from the file that is opened to the answer in the store.
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { eventually } from '../server/twin.ts';
import { carrier, room, textOf, visit } from './page-visitor.ts';

const open = { state: 'open', channel: null };

describe.concurrent('the way of a yes', () => {
  test('the file is opened, the question shown, the answer kept as the page’s', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    for (const words of [
      'Claude Desktop asks for your approval',
      'Run "Win back" now: 3 actions (send_sms, send_email, create_task).',
      'main trustpager, production tool trustpager_trigger_automation',
      '"Win back" id c0ffee00-1111-4222-8333-444455556666',
      'enabled false true',
      '4 to 12 credits ; 400 to 408 left after',
      '38 people as last known ; everyone who matched the last run',
      'Nothing takes it back: messages that were sent stay sent.',
      'It runs now and reaches people; a person confirms that. Rule: defaults',
      'Expires in 10:00',
      '"edition": "winter"',
    ])
      expect(textOf(here.html)).toContain(words);
    expect(await r.state(question.id)).toEqual(open);
    const said = await here.answer('approve');
    expect(said).toMatchObject({ status: 303, headers: { location: `/${here.to.place}` } });
    expect(await r.state(question.id)).toEqual({ state: 'approved', channel: 'page' });
    expect(textOf((await here.show()).text)).toContain('Approved It was answered on this page.');
    expect(r.errors).toEqual([]);
  });

  test('a yes is good for as long as the operator set', async () => {
    await using r = await room({ usable_for: 7_000 });
    const { question, file } = await r.file();
    await (await visit(file)).answer('approve');
    expect((await r.store.question(question.id))?.usable_until).toBe(r.clock.now + 7_000);
    r.clock.now += 8_000;
    const there = await visit((await r.file()).file);
    expect(there.html).toContain('Approve');
  });

  test('P6: no is no', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    expect((await here.answer('reject')).status).toBe(303);
    expect(await r.state(question.id)).toEqual({ state: 'rejected', channel: 'page' });
    expect(textOf((await here.show()).text)).toContain('Rejected');
    const late = await here.answer('approve');
    expect(late.status).toBe(409);
    expect(textOf(late.text)).toContain('Too late: your answer changed nothing.');
    expect(await r.state(question.id)).toEqual({ state: 'rejected', channel: 'page' });
  });

  test('C4: what only a person outside the client may pass wants the words that the page shows typed', async () => {
    await using r = await room();
    const { question, file } = await r.file({}, { verdict: 'ask_human' });
    const here = await visit(file);
    expect(here.phrase).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    for (const typed of [undefined, '', 'yes', here.phrase.slice(0, -1), `${here.phrase} x`]) {
      const said = await here.answer('approve', typed === undefined ? {} : { phrase: typed });
      expect(said.status).toBe(422);
      expect(textOf(said.text)).toContain('Those were not the words. Nothing was approved.');
      expect(await r.state(question.id)).toEqual(open);
    }
    const upper = `  ${here.phrase.toUpperCase().replaceAll(' ', '  ')} `;
    expect((await here.answer('approve', { phrase: upper })).status).toBe(303);
    expect(await r.state(question.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test('the words are each page’s own, are not needed for a no, and stand in nothing that is stored', async () => {
    await using r = await room();
    const [one, other] = [await r.file({}, { verdict: 'ask_human' }), await r.file({}, { verdict: 'ask_human' })];
    const [here, there] = [await visit(one.file), await visit(other.file)];
    expect(here.phrase).not.toBe(there.phrase);
    expect(JSON.stringify(await r.store.question(one.question.id))).not.toContain(here.phrase);
    expect((await there.answer('reject')).status).toBe(303);
    expect(await r.state(other.question.id)).toEqual({ state: 'rejected', channel: 'page' });
  });
});

describe.concurrent('over time', () => {
  test('P6: an expired question shows that it is, and takes no answer', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const here = await visit(file);
    r.clock.now += 600_000;
    expect(textOf((await here.show()).text)).toContain('Expired Nobody answered in time.');
    const late = await here.answer('approve');
    expect([late.status, textOf(late.text).includes('Too late')]).toEqual([409, true]);
    expect(await r.state(question.id)).toEqual(open);
  });

  test('a yes that was not used in time says so', async () => {
    await using r = await room();
    const here = await visit((await r.file()).file);
    await here.answer('approve');
    r.clock.now += 121_000;
    expect(textOf((await here.show()).text)).toContain('The yes was not used in time.');
  });

  test('answered in a terminal while the page is open: the first answer wins, and the page says where', async () => {
    await using r = await room();
    const { question, file } = await r.file({}, { verdict: 'ask_human' });
    const here = await visit(file);
    await answerQuestion(r.store, question.id, { yes: false, channel: 'terminal', by: host, now: r.clock.now });
    for (const phrase of ['wrong', here.phrase]) {
      const late = await here.answer('approve', { phrase });
      expect(late.status).toBe(409);
      expect(textOf(late.text)).toContain('Too late: your answer changed nothing. It was answered in a terminal.');
    }
    expect(textOf((await here.show()).text)).toContain('Rejected It was answered in a terminal.');
    expect(await r.state(question.id)).toEqual({ state: 'rejected', channel: 'terminal' });
  });

  test('answered before the page was opened: it says so and has no buttons', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    await answerQuestion(r.store, question.id, { yes: true, channel: 'client', by: host, now: r.clock.now });
    const here = await visit(file);
    expect(textOf(here.html)).toContain('Approved It was answered in the client.');
    expect(here.html).not.toContain('<button');
  });

  test('a question that a newer one replaced says so', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    await r.store.ask({ ...question, id: 'f'.repeat(32) }, question.id);
    expect(textOf((await visit(file)).html)).toContain('Replaced A newer question took the place of this one.');
  });
});

describe.concurrent('opening', () => {
  test('nothing is there before the first question: no folder, no port', async () => {
    await using r = await room();
    expect(await readdir(r.folder)).toEqual([]);
  });

  test('once per question, however often and however close together it is asked', async () => {
    await using r = await room();
    const question = await r.ask();
    expect(await Promise.all([1, 2, 3].map(() => r.page.open(question)))).toEqual([true, true, true]);
    expect(await r.page.open(question)).toBe(true);
    expect(r.opened).toHaveLength(1);
  });

  test('an opener that fails or throws: false, no file left, and the next call may try again', async () => {
    let works = false;
    let broken = false;
    const opened: string[] = [];
    await using r = await room({
      opener: async file => {
        opened.push(file);
        if (broken) throw new Error('broken');
        return works;
      },
    });
    const question = await r.ask();
    expect(await r.page.open(question)).toBe(false);
    broken = true;
    expect(await r.page.open(question)).toBe(false);
    expect(r.errors).toHaveLength(1);
    await eventually(async () => (await readdir(join(r.folder, 'page'))).length === 0);
    [works, broken] = [true, false];
    expect(await r.page.open(question)).toBe(true);
    expect(opened).toHaveLength(3);
  });

  test('a folder that cannot be had: false, told once, and nothing breaks', async () => {
    await using r = await room();
    await writeFile(join(r.folder, 'page'), 'in the way');
    const question = await r.ask();
    expect(await r.page.open(question)).toBe(false);
    expect(r.errors).toHaveLength(1);
    await rm(join(r.folder, 'page'));
    expect(await r.page.open(question)).toBe(true);
  });

  test('not after the end: nothing is begun any more', async () => {
    await using r = await room();
    await r.page.close();
    expect(await r.page.open(await r.ask())).toBe(false);
    expect([r.opened, await readdir(r.folder)]).toEqual([[], []]);
  });

  test('P16: no more than five windows wait at a time; an answered one makes room', async () => {
    await using r = await room();
    const questions = await Promise.all(Array.from({ length: 7 }, () => r.ask()));
    const opened = await Promise.all(questions.map(question => r.page.open(question)));
    expect(opened).toEqual([true, true, true, true, true, false, false]);
    await (await visit(r.opened[0] ?? '')).answer('reject');
    expect(await r.page.open(questions[6] ?? (await r.ask()))).toBe(true);
    expect(await r.page.open(questions[5] ?? (await r.ask()))).toBe(false);
    r.clock.now += 600_000;
    expect(await r.page.open(await r.ask())).toBe(true);
  });

  test('files that a killed program left go when they are old', async () => {
    await using r = await room();
    await mkdir(join(r.folder, 'page'));
    const old = 'approve-0123456789abcdef.html';
    const [young, ...others] = ['approve-fedcba9876543210.html', 'other.html', `x${old}`, `${old}.x`];
    for (const name of [old, young, ...others]) await writeFile(join(r.folder, 'page', name ?? ''), '');
    for (const name of [old, ...others]) await utimes(join(r.folder, 'page', name), 1, 1);
    await r.file();
    await r.page.close();
    expect((await readdir(join(r.folder, 'page'))).toSorted()).toEqual([young, ...others].toSorted());
  });

  test('C11: it listens on 127.0.0.1 alone', async () => {
    await using r = await room();
    const { port } = carrier((await r.file()).file);
    const other = createServer();
    // Another address of this machine is still free.
    await new Promise<void>((resolve, reject) =>
      other.once('error', reject).listen({ host: '127.0.0.2', port }, resolve),
    );
    await new Promise(resolve => other.close(resolve));
  });
});
