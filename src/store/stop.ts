// The operator's stop, where each store keeps it: SQLite beside its file, so that it works while the file is locked, full or damaged;
// PostgreSQL in a row, so that it reaches every machine.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { first, run, type Steps } from './steps.ts';

export interface Stop {
  /** Its words where it stands, looked at within a transaction of this store. */
  inside(): Steps<string | undefined>;
  look(): Promise<string | undefined>;
  put(reason: string): Promise<void>;
  /** Whether one stood. */
  end(): Promise<boolean>;
}

/** One line; a hand may have written it. */
const words = (text: string): string => text.replace(/\p{C}/gu, ' ').trim().slice(0, 200);

/** A file `STOP` in the folder of the store's file. One that is there and cannot be read is a stop. */
export function stopFile(file: string): Stop {
  const path = join(dirname(file), 'STOP');
  const standing = (): string | undefined => {
    try {
      return words(readFileSync(path, 'utf8'));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : `the stop file cannot be read, ${code}`;
    }
  };
  return {
    // biome-ignore lint/correctness/useYield: a file is looked at without a query
    *inside() {
      return standing();
    },
    look: async () => standing(),
    async put(reason) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, `${words(reason)}\n`, { mode: 0o600 });
      chmodSync(path, 0o600);
    },
    async end() {
      const stood = standing() !== undefined;
      rmSync(path, { force: true });
      return stood;
    },
  };
}

/** For a store that is in memory, and ends with its process. */
export function stopInMemory(): Stop {
  let reason: string | undefined;
  return {
    // biome-ignore lint/correctness/useYield: as above
    *inside() {
      return reason;
    },
    look: async () => reason,
    async put(said) {
      reason = words(said);
    },
    async end() {
      const stood = reason !== undefined;
      reason = undefined;
      return stood;
    },
  };
}

export interface Rows {
  reading<T>(nothing: T, steps: () => Steps<T>): Promise<T>;
  writing<T>(steps: () => Steps<T>): Promise<T>;
}

export function stopRow({ reading, writing }: Rows): Stop {
  const inside = function* (): Steps<string | undefined> {
    return (yield* first<{ reason: string }>('SELECT reason FROM stops'))?.reason;
  };
  return {
    inside,
    look: () => reading(undefined, inside),
    put: reason =>
      writing(function* () {
        const sql = `INSERT INTO stops (what, reason) VALUES ('everything', ?) ON CONFLICT (what) DO UPDATE SET reason = excluded.reason`;
        yield* run(sql, words(reason));
      }),
    end: () =>
      writing(function* () {
        return (yield* run('DELETE FROM stops')) > 0;
      }),
  };
}
