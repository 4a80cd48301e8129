// The approvals command on a real pseudo-terminal, and on a pipe: the difference between a person and a program.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { question, T } from '../store/rows.ts';

const id = 'aaaaaaaa'.padEnd(32, '0');
const word = (out: string) => /type the word (\w+)/.exec(out)?.[1] ?? '';

describe('on a real pseudo-terminal', () => {
  let store: Store;
  let at: string;
  let file: string;
  beforeEach(async () => {
    at = mkdtempSync(join(tmpdir(), 'approvals-'));
    file = join(at, 'store.db');
    store = sqliteStore(file);
    await store.ask(question({ id }));
  });
  afterEach(async () => {
    await store.close();
    rmSync(at, { recursive: true });
  });

  /** `script` of util-linux gives the program a terminal of its own; `pipe` leaves it without. */
  function terminal(args: string[], by: { type?: (out: string) => string; pipe?: boolean } = {}) {
    const { type = () => '', pipe = false } = by;
    const command = [process.execPath, join(import.meta.dirname, 'terminal.ts'), file, String(T + 1_000), ...args];
    const child = pipe
      ? spawn(command[0] ?? '', command.slice(1))
      : spawn('script', ['-qec', command.map(part => `'${part}'`).join(' '), '/dev/null']);
    return new Promise<{ code: number | null; out: string }>((resolve, reject) => {
      let out = '';
      let typed = false;
      child.stdout.setEncoding('utf8').on('data', chunk => {
        out += chunk;
        if (typed || !/type the word \w+ and press Enter/.test(out)) return;
        typed = true;
        child.stdin.write(type(out));
      });
      child.on('error', reject);
      child.on('close', code => {
        child.stdin.destroy();
        resolve({ code, out });
      });
    });
  }
  const state = async () => (await store.question(id))?.state;

  test('the word typed there approves', async () => {
    const { code, out } = await terminal(['approve', 'aaaaaaaa'], { type: out => `${word(out)}\r` });
    expect(out).toMatch(/Approved until/);
    expect([code, await state()]).toEqual([0, 'approved']);
  });

  test('another word, or the end of input, does not', async () => {
    for (const type of [() => 'yes\r', () => '\u0004']) {
      const { code, out } = await terminal(['approve', 'aaaaaaaa'], { type });
      expect(out).toMatch(/Nothing was approved/);
      expect([code, await state()]).toEqual([1, 'open']);
    }
  });

  test('an interrupt does not', async () => {
    const { code } = await terminal(['approve', 'aaaaaaaa'], { type: () => '\u0003' });
    expect(code).not.toBe(0);
    expect(await state()).toBe('open');
  });

  test('a no is taken there', async () => {
    const { code } = await terminal(['reject', 'aaaaaaaa']);
    expect([code, await state()]).toEqual([0, 'rejected']);
  });

  test('a pipe is refused', async () => {
    const { code, out } = await terminal(['approve', 'aaaaaaaa'], { pipe: true });
    expect(out).toMatch(/Only a person at an interactive terminal/);
    expect([code, await state()]).toEqual([1, 'open']);
  });
});
