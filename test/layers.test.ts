// Imports point one way: the table of design section 3, as the code has it.
import { describe, expect, test } from 'vitest';
import { type Import, importsOf, reaches, type Source, sources } from './imports.ts';

/** What each part may know of ours. `type x`: its types alone, which are gone at run time. */
const table: Record<string, string[]> = {
  errors: [],
  closest: [],
  log: [],
  settings: [],
  principal: [],
  config: ['settings'],
  redact: [],
  sandbox: [],
  vendors: ['errors', 'closest'],
  tool: ['errors', 'type vendors'],
  policy: ['principal', 'type tool', 'type errors', 'type vendors'],
  store: ['errors'],
  ledger: ['store', 'errors', 'type policy'],
  approvals: ['store', 'errors', 'principal'],
  tools: ['tool', 'errors', 'vendors'],
  conditions: ['tool', 'vendors', 'closest', 'policy'],
  server: ['tool', 'policy', 'ledger', 'approvals', 'errors', 'closest', 'principal', 'type store', 'type vendors'],
  transports: ['server', 'errors', 'principal'],
  identity: ['store', 'principal'],
  observers: ['type server', 'policy'],
  cli: ['*'],
  main: ['*'],
};

/** Packages, and modules of Node that reach out of the process: who may have them. */
const packages: Record<string, string[]> = {
  pg: ['store'],
  jose: ['identity'],
  undici: ['vendors', 'identity'],
  pino: ['log'],
  'prom-client': ['observers'],
  '@opentelemetry/api': ['observers'],
  hono: ['sandbox', 'approvals'],
  '@hono/node-server': ['sandbox', 'approvals'],
  '@bufbuild/cel': ['sandbox', 'vendors', 'conditions'],
  croner: ['sandbox', 'vendors'],
  commander: ['main'],
  yaml: ['cli', 'config'],
  zod: ['tool', 'tools', 'server', 'cli', 'config'],
  '@modelcontextprotocol/server': ['server', 'transports'],
  '@modelcontextprotocol/node': ['transports'],
  '@modelcontextprotocol/client': ['cli'],
  'rate-limiter-flexible': ['transports'],
  'node:http': ['transports'],
  'node:net': ['sandbox', 'transports', 'cli'],
  'jsonc-parser': ['cli'],
  'gpt-tokenizer': ['cli'],
  'node:sqlite': ['store'],
  'node:child_process': ['cli', 'approvals'],
};
const outward = /^node:(http|https|http2|net|tls|dgram|dns|inspector|worker_threads|cluster|child_process|sqlite|vm)\b/;

const all = sources('src', 'tools');
const ours = (path: string): boolean => /^(src|tools)\//.test(path);

function layer(path: string): string {
  if (path.startsWith('tools/')) return 'tools';
  const [, folder = ''] = path.split('/');
  return folder.replace(/\.ts$/, '');
}
const packageOf = (name: string): string =>
  name.startsWith('node:')
    ? (name.split('/')[0] ?? name)
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/');

function forbidden({ from, to, typeOnly }: Import): string | undefined {
  const [here, there] = [layer(from), layer(to)];
  const line = `${from} imports ${to}`;
  if (!ours(to)) {
    const name = packageOf(to);
    if (packages[name]) return packages[name].includes(here) ? undefined : line;
    return name.startsWith('node:') && !outward.test(name) ? undefined : line;
  }
  const may = table[here];
  if (!may) return `${from} is in a part that the table does not name`;
  if (here === there || may.includes('*') || may.includes(there)) return undefined;
  return typeOnly && may.includes(`type ${there}`) ? undefined : line;
}
const violations = (imports: readonly Import[]) => imports.flatMap(line => forbidden(line) ?? []);

describe('layers', () => {
  test('no file imports what its part may not know', () => {
    expect(violations(all.flatMap(({ imports }) => imports))).toEqual([]);
  });

  test('every part in the table exists, and every part is in the table', () => {
    expect(new Set(all.map(({ file }) => layer(file)))).toEqual(new Set(Object.keys(table)));
  });

  test.each([
    ['src/policy/scope.ts', "import { readConfig } from '../config.ts';"],
    ['src/policy/scope.ts', "import { parseInput } from '../tool.ts';"],
    ['src/policy/scope.ts', "const { callTool } = await import('../server/call.ts');"],
    ['src/server/call.ts', "import { vendorHttp } from '../vendors/http.ts';"],
    ['src/server/call.ts', "import {\n  serveOverHttp,\n} from '../transports/http.ts';"],
    ['src/server/call.ts', "import { sqliteStore } from '../store/sqlite.ts';"],
    ['src/store/sqlite.ts', "export * from '../ledger/ledger.ts';"],
    ['src/sandbox/index.ts', "import { Failure } from '../errors.ts';"],
    ['src/redact.ts', "import '../src/errors.ts';"],
    ['src/vendors/http.ts', "import type { Tool } from '../tool.ts';"],
    ['tools/scrip/list-runs.ts', "import { request } from 'undici';"],
    ['tools/scrip/list-runs.ts', "import https from 'node:https';"],
    ['tools/common/plan-call.ts', "import type { House } from '../../src/server/house.ts';"],
    ['src/ledger/ledger.ts', "import { decide } from '../policy/policy.ts';"],
    ['src/server/send.ts', "import leftPad from 'left-pad';"],
  ])('it would notice in %s: %s', (file, line) => {
    expect(violations(importsOf(file, `// A comment.\n${line}\n`))).toHaveLength(1);
  });

  test('it is not fooled by comments', () => {
    expect(importsOf('src/policy/x.ts', "// import a from 'undici';\n/* import b from 'undici'; */\n")).toEqual([]);
  });

  test('no two parts know each other, through whatever steps, types included', () => {
    const knows = new Map<string, Set<string>>();
    for (const { from, to } of all.flatMap(({ imports }) => imports))
      if (ours(to) && layer(from) !== layer(to))
        knows.set(layer(from), (knows.get(layer(from)) ?? new Set()).add(layer(to)));
    const circle = (part: string, way: string[]): string[] | undefined => {
      if (way.includes(part)) return [...way.slice(way.indexOf(part)), part];
      for (const next of knows.get(part) ?? []) {
        const found = circle(next, [...way, part]);
        if (found) return found;
      }
      return undefined;
    };
    for (const part of knows.keys()) expect(circle(part, [])).toBeUndefined();
  });

  test('no file loads itself by way of others', () => {
    const circles = all.filter(({ file }) => reaches(file, all).has(file)).map(({ file }) => file);
    expect(circles).toEqual([]);
  });

  test('everything imported is there', () => {
    const files = new Set(all.map(({ file }) => file));
    const missing = all.flatMap(({ imports }) => imports.filter(({ to }) => ours(to) && !files.has(to)));
    expect(missing).toEqual([]);
  });
});

/** Files, outside those named, in whose text this occurs. */
const holds = (pattern: RegExp, except: (file: string) => boolean): string[] =>
  all.filter(({ file, text }: Source) => !except(file) && pattern.test(text)).map(({ file }) => file);

describe('what is reached without an import', () => {
  test('C1 C7: only settings, program and commands read the environment', () => {
    // The vendor client looks for one thing by itself: whether certificate checks were switched off.
    const may = /^src\/(config\.ts|main\.ts|cli\/|vendors\/literal\.ts)/;
    expect(holds(/\bprocess\s*\.\s*env\b|\benv\b[^;]*=\s*process\b/, file => may.test(file))).toEqual([]);
  });

  test('nothing is loaded by a computed name, nor around the module system', () => {
    expect(holds(/\bimport\(\s*[^'\s]/, () => false)).toEqual([]);
    expect(
      holds(/createRequire|getBuiltinModule|\brequire\(|\beval\(|new Function\(|process\.binding/, () => false),
    ).toEqual([]);
  });

  test('what speaks PostgreSQL is loaded only where a database is named', () => {
    expect(holds(/^(?:im|ex)port (?!type)[^;]*from 'pg'/m, () => false)).toEqual([]);
    expect(holds(/from '[^']*\/postgres\.ts'/, () => false)).toEqual([]);
    expect(holds(/import\('[^']*\/postgres\.ts'\)/, () => false)).toEqual(['src/cli/state.ts']);
  });

  test('no socket is opened by a global: only the demo looks at its own twins', () => {
    const may = /^src\/(cli\/demo\.ts|sandbox\/)/;
    expect(holds(/(?<![.\w])fetch\(|new WebSocket|new EventSource|sendBeacon/, file => may.test(file))).toEqual([]);
  });

  test('C7: policy depends on its facts alone: no clock, no chance, no process', () => {
    const except = (file: string) => !file.startsWith('src/policy/');
    expect(holds(/\bDate\b|Math\.random|\bprocess\b|\bperformance\b|globalThis|\bawait\b|\basync\b/, except)).toEqual(
      [],
    );
  });

  test('tools and server write nothing to the terminal and end nothing', () => {
    const except = (file: string) => /^src\/(main\.ts|cli\/|transports\/stdio\.ts)/.test(file);
    expect(holds(/\bconsole\.|process\.(stdout|stderr|exit|kill|abort)\b/, except)).toEqual([]);
  });
});
