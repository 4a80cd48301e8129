// The page’s secret: where it is, how often it works, and who may see and answer a question.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { approvalPage } from '../../src/approvals/page.ts';
import { eventually } from '../server/twin.ts';
import type { Answer } from '../transports/knock.ts';
import { at, carrier, redeem, room, visit } from './page-visitor.ts';

const there = async (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
const open = { state: 'open', channel: null };

describe.concurrent('the secret', () => {
  test('C12: is 256 bits in a file of its owner’s alone, in a folder of theirs, and gone once used', async () => {
    await using r = await room();
    await mkdir(join(r.folder, 'page'), { mode: 0o755 });
    const { file } = await r.file();
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(join(r.folder, 'page'))).mode & 0o777).toString(8)).toBe('700');
    const to = carrier(file);
    expect(Buffer.from(to.secret, 'base64url')).toHaveLength(32);
    expect(file).not.toContain(to.place);
    await redeem(to);
    await eventually(async () => !(await there(file)));
  });

  test('P17: is in no page, header or address after the file', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const to = carrier(file);
    const first = await redeem(to);
    const here = await at(to, {
      path: `/${to.place}`,
      headers: { cookie: first.headers['set-cookie']?.[0]?.split(';')[0] },
    });
    expect(here.status).toBe(200);
    for (const { text, headers } of [first, here]) expect(text + JSON.stringify(headers)).not.toContain(to.secret);
    expect(JSON.stringify(await r.store.question(question.id))).not.toContain(to.secret);
  });

  test('P4: works once: the same post again is 410, whoever sends it', async () => {
    await using r = await room();
    const to = carrier((await r.file()).file);
    const both = await Promise.all([redeem(to), redeem(to)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 410]);
    const again = await redeem(to);
    expect(again.status).toBe(410);
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  test('wrong is answered as an unknown page is, to the byte, and a few tries close the page', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const to = carrier(file);
    const nowhere = { ...to, place: 'A'.repeat(22) };
    const bare = ({ status, headers: { date: _, ...headers }, text }: Answer) => ({ status, headers, text });
    const unknown = bare(await redeem(nowhere));
    expect(unknown.status).toBe(404);
    for (const body of ['secret=wrong', `secret=${'A'.repeat(43)}`, '', `secret=x&secret=${to.secret}`, 'other=1'])
      expect(bare(await redeem(to, { body }))).toEqual(unknown);
    expect(bare(await redeem(to))).toEqual(unknown);
    await eventually(async () => !(await there(file)));
    expect(await r.state(question.id)).toEqual(open);
  });

  test('wrong does not take the page from who has it already', async () => {
    await using r = await room();
    const { file } = await r.file();
    const here = await visit(file);
    for (let i = 0; i < 10; i++) expect((await redeem(here.to, { body: 'secret=wrong' })).status).toBe(404);
    expect((await here.show()).status).toBe(200);
  });

  test('goes with the question’s time, and with the program', async () => {
    const r = await room();
    const { file } = await r.file({}, { expires_at: r.clock.now + 50 });
    await eventually(async () => !(await there(file)));
    const other = await r.file();
    const to = carrier(other.file);
    await r.page.close();
    expect(await there(other.file)).toBe(false);
    await expect(redeem(to)).rejects.toThrow();
    expect(await r.page.open(await r.ask())).toBe(false);
    await r[Symbol.asyncDispose]();
  });

  test('without a state folder lies in a temporary folder of its own, which goes too', async () => {
    await using r = await room();
    const opened: string[] = [];
    const page = approvalPage({
      store: r.store,
      opener: async file => opened.push(file) > 0,
      redact: text => text,
      onerror: error => r.errors.push(error),
    });
    expect(await page.open(await r.ask())).toBe(true);
    const [file = ''] = opened;
    expect(((await stat(join(file, '..'))).mode & 0o777).toString(8)).toBe('700');
    expect((await visit(file)).html).toContain('Win back');
    await page.close();
    expect(await there(join(file, '..'))).toBe(false);
  });

  test('becomes a cookie that no script reads, no other site sends, and no other page gets', async () => {
    await using r = await room();
    const to = carrier((await r.file()).file);
    const [cookie = ''] = (await redeem(to)).headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      new RegExp(`^approval=[\\w-]{43}; Path=/${to.place}; Max-Age=1200; HttpOnly; SameSite=Strict$`),
    );
  });
});

describe.concurrent('C4 C11: who may see and answer', () => {
  test('nobody without the cookie, nor with a wrong one or another page’s; one right one among others will do', async () => {
    await using r = await room();
    const [one, other] = [await r.file(), await r.file()];
    const [here, there] = [await visit(one.file), await visit(other.file)];
    for (const cookie of [
      undefined,
      'approval=',
      'approval=wrong',
      there.cookie,
      here.cookie.replace('=', 's='),
      `x${here.cookie}`,
    ]) {
      expect((await here.show({ headers: { cookie } })).status).toBe(404);
      expect((await here.answer('approve', {}, { headers: { cookie } })).status).toBe(404);
    }
    expect(await r.state(one.question.id)).toEqual(open);
    expect((await here.show({ headers: { cookie: `approval=planted; ${here.cookie}; other=1` } })).status).toBe(200);
  });

  test('two browsers: the second finds the secret used and the page closed to it', async () => {
    await using r = await room();
    const { question, file } = await r.file();
    const copy = await readFile(file, 'utf8');
    const here = await visit(file);
    await eventually(async () => !(await there(file)));
    await writeFile(file, copy);
    expect((await redeem(carrier(file))).status).toBe(410);
    expect((await at(here.to, { path: `/${here.to.place}` })).status).toBe(404);
    expect((await here.answer('approve')).status).toBe(303);
    expect(await r.state(question.id)).toEqual({ state: 'approved', channel: 'page' });
  });

  test('only with the page’s own token besides the cookie, once', async () => {
    await using r = await room();
    const [one, other] = [await r.file(), await r.file()];
    const [here, there] = [await visit(one.file), await visit(other.file)];
    const csrf = here.csrf;
    for (const body of [
      'answer=approve',
      'answer=approve&csrf=',
      `answer=approve&csrf=${there.csrf}`,
      `answer=approve&csrf=${csrf.slice(0, -1)}`,
      `answer=approve&csrf=${csrf}&csrf=${csrf}`,
    ])
      expect((await here.answer('approve', {}, { body })).status).toBe(403);
    for (const body of [`csrf=${csrf}`, `csrf=${csrf}&answer=maybe`, `csrf=${csrf}&answer=approve&answer=approve`])
      expect((await here.answer('approve', {}, { body })).status).toBe(400);
    expect(await r.state(one.question.id)).toEqual(open);
  });
});
