// What tests do to a store file from outside: another connection, another process, a look at its mode.
import { spawn } from 'node:child_process';
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const folder = (): string => mkdtempSync(join(tmpdir(), 'store-'));

export const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Where SQLite itself says no, seen from a connection of our own. */
export const raw = (file: string, work: (db: DatabaseSync) => void): void => {
  const db = new DatabaseSync(file);
  try {
    work(db);
  } finally {
    db.close();
  }
};

/** Another process that does one thing to the file; what it printed. */
export function racer(
  file: string,
  what: string,
  { id = '', start = 0, uid }: { id?: string; start?: number; uid?: number } = {},
) {
  return new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'racer.ts'), file, what, id, String(start)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => (out += chunk));
    child.stderr.on('data', chunk => (err += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(out) : reject(new Error(`racer ended with ${code}: ${err}`)),
    );
  });
}
