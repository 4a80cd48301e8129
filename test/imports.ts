// What each source file imports, read from its text: for the tests that hold which part of the house may know which.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export interface Import {
  /** Path from the root, such as `src/policy/scope.ts`. */
  from: string;
  /** Likewise for files of ours; else the package or `node:` module. */
  to: string;
  /** Gone at run time. */
  typeOnly: boolean;
}

export interface Source {
  file: string;
  /** Without comments. */
  text: string;
  imports: Import[];
}

const comments = /^\s*\/\/.*$|(?<=[;,{}()\s])\/\/.*$|\/\*[\s\S]*?\*\//gm;
const statement = /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;=]*?\sfrom\s+)?'([^']+)'/gm;
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g;

export function importsOf(file: string, source: string): Import[] {
  const text = source.replace(comments, '');
  const name = (to: string) => (to.startsWith('.') ? join(dirname(file), to) : to);
  return [
    ...[...text.matchAll(statement)].map(([, type, to = '']) => ({
      from: file,
      to: name(to),
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(dynamic)].map(([, to = '']) => ({ from: file, to: name(to), typeOnly: false })),
  ];
}

/** Every TypeScript file below these folders. */
export function sources(...folders: string[]): Source[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
      .map(entry => relative(root, join(entry.parentPath, entry.name)))
      .toSorted()
      .map(file => {
        const source = readFileSync(join(root, file), 'utf8');
        return { file, text: source.replace(comments, ''), imports: importsOf(file, source) };
      }),
  );
}

/** Everything a file brings with it when it is loaded: files of ours and packages, through any number of steps. */
export function reaches(from: string, all: readonly Source[]): Set<string> {
  const found = new Set<string>();
  const visit = (file: string): void => {
    for (const { to, typeOnly } of all.find(source => source.file === file)?.imports ?? []) {
      if (typeOnly || found.has(to)) continue;
      found.add(to);
      visit(to);
    }
  };
  visit(from);
  return found;
}
