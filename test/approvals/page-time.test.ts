// A page over time, by a clock that the test moves: how long the secret lies there, and how long the page says how it ended.
import { stat } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Room, room, textOf, visit } from './page-visitor.ts';

let r: Room;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  r = await room();
});
afterEach(async () => {
  await r[Symbol.asyncDispose]();
  vi.useRealTimers();
});

const after = async (ms: number): Promise<void> => {
  r.clock.now += ms;
  await vi.advanceTimersByTimeAsync(ms);
};
const gone = (file: string) => vi.waitFor(() => expect(stat(file)).rejects.toThrow('ENOENT'));

test('the file stays for as long as the question is open, and goes with its time', async () => {
  const { file } = await r.file({}, { expires_at: r.clock.now + 5_000 });
  await after(4_999);
  expect(await stat(file)).toBeDefined();
  await after(1);
  await gone(file);
  expect(r.errors).toEqual([]);
});

test('for ten minutes more the page says how it ended; then it is gone, and what is asked anew opens anew', async () => {
  const { question, file } = await r.file({}, { expires_at: r.clock.now + 5_000 });
  const here = await visit(file);
  await after(5_000 + 599_999);
  expect(textOf((await here.show()).text)).toContain('Expired Nobody answered in time.');
  expect(await r.page.open(question)).toBe(true);
  expect(r.opened).toHaveLength(1);
  await after(1);
  expect((await here.show()).status).toBe(404);
  expect(vi.getTimerCount()).toBe(0);
  const other = await r.file();
  expect((await visit(other.file)).html).toContain('Approve');
  expect(r.errors).toEqual([]);
});

test('at the end no clock is left running, neither for the file nor for the other programs', async () => {
  await r.file({}, { expires_at: r.clock.now + 5_000 });
  expect(vi.getTimerCount()).toBe(3);
  await r.page.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a store that cannot be written while the page is open is told of, and the page stays', async () => {
  const { hold } = r.store;
  const { file } = await r.file();
  const here = await visit(file);
  r.store.hold = () => Promise.reject(new Error('the disk is full'));
  await after(3_400);
  await vi.waitFor(() => expect(r.errors).toHaveLength(1));
  r.store.hold = hold;
  expect((await here.show()).status).toBe(200);
});
