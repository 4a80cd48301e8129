// Builds the package's program: everything that runs, packages too, in a few files of plain JavaScript; run as a program it writes dist/.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import type { Written } from '../src/server/opening.ts';
import { licencesOf } from './licences.ts';
import { writeDown } from './opening.ts';
import { launcher, root } from './place.ts';

const ours = (id: string): boolean => !id.includes('node_modules') && id.startsWith(root);

/** What a file of the package is to be in the bundle: its text; of package.json only what the program asks for. */
function textOf(file: URL): string {
  const text = readFileSync(file, 'utf8');
  return file.pathname.endsWith('/package.json') ? JSON.stringify({ version: JSON.parse(text).version }) : text;
}

/** A file that is read from beside its module becomes its text, and the program's own address becomes the launcher's. */
const texts: Plugin = {
  name: 'texts',
  transform(code, id) {
    if (!ours(id)) return undefined;
    const whole = code
      .replace(/readFileSync\(new URL\('([^']+)', import\.meta\.url\), 'utf8'\)/g, (_, file: string) =>
        JSON.stringify(textOf(new URL(file, pathToFileURL(id)))),
      )
      .replace(/new URL\('[^']*main\.ts', import\.meta\.url\)/, `new URL('./${launcher}', import.meta.url)`);
    const left = whole.replace(`new URL('./${launcher}', import.meta.url)`, '');
    if (left.includes('import.meta')) throw new Error(`${id}: reads a file in a way that the bundle does not know`);
    return whole === code ? undefined : { code: whole };
  },
};

interface Replaced {
  what: RegExp;
  /** Only where this imports it. */
  from?: RegExp;
  by: string;
}

/** What stays out, and what stands in its place. */
const replaced: Record<string, Replaced> = {
  // A JSON Schema validator, some 300 KB. The server has its own for what a form was filled in with, and the demo's client sees results of
  // that server alone.
  validator: {
    what: /^@modelcontextprotocol\/\w+\/_shims$/,
    by: `
      export { default as process } from 'node:process';
      export const CORS_IS_POSSIBLE = false;
      export class DefaultJsonSchemaValidator {
        getValidator() {
          return data => ({ valid: true, data, errorMessage: undefined });
        }
      }`,
  },
  // The command line's parser can also start programs; ours has none to start.
  programs: { what: /^node:child_process$/, from: /\/commander\//, by: 'export default {};' },
  // The driver of PostgreSQL can use a native library where somebody asks it to; nobody here does.
  native: { what: /^pg-native$/, by: "throw new Error('pg-native is no part of this program.');" },
  // All of undici is its fetch, caches, mocks and sockets of the web too; three files of it are used.
  undici: {
    what: /^undici$/,
    from: /\/src\/vendors\//,
    by: Object.entries({ Agent: 'dispatcher/agent', Client: 'dispatcher/client', buildConnector: 'core/connect' })
      .map(([name, file]) => `export { default as ${name} } from '${join(root, 'node_modules/undici/lib', file)}.js';`)
      .join('\n'),
  },
  // No connection to a vendor speaks HTTP/2, and Node's own side of it takes as long to load as all of undici.
  http2: {
    what: /^\.\/client-h2\.js$/,
    from: /\/undici\//,
    by: "module.exports = () => { throw new Error('HTTP/2 is no part of this program.'); };",
  },
  // For those who work on this program: `inspect` estimates where it is not there.
  tokenizer: { what: /^gpt-tokenizer\//, by: "throw new Error('The tokenizer is not part of the package.');" },
};
const without: Plugin = {
  name: 'without',
  resolveId(source, importer = '') {
    const [name] =
      Object.entries(replaced).find(([, { what, from }]) => what.test(source) && (!from || from.test(importer))) ?? [];
    return name && `\0${name}`;
  },
  load: id => (id.startsWith('\0') ? replaced[id.slice(1)]?.by : undefined),
};

/**
 * The SDK makes a schema of everything in the protocol as it is loaded, and enters them all in a table of which one entry is asked for. With
 * that one alone in the table, and each schema said to do nothing but be made, the bundler leaves out those that no code uses.
 */
const schemas: Plugin = {
  name: 'schemas',
  transform(code, id) {
    const [, file] =
      /\/@modelcontextprotocol\/(?:core|server|client)\/dist\/([a-z]+)(?:-[\w-]+)?\.mjs$/i.exec(id) ?? [];
    if (!file) return undefined;
    const whole =
      file === 'src'
        ? code.replace(
            /(?:^for \(const .*\) register\(.*\);\n)+/m,
            'register("ImplementationSchema", ImplementationSchema);\n',
          )
        : file === 'schemas' || file === 'auth'
          ? code.replace(/^const (\w+Schema) = (.*(?:\n[\t})\]].*)*);$/gm, 'const $1 = /* @__PURE__ */ (() => $2)();')
          : undefined;
    if (whole === code || (whole === undefined && /\b(?:isSpecType|specTypeSchemas)\.(?!Implementation\b)/.test(code)))
      throw new Error(`${id}: makes or uses schemas in a way that the bundle does not know`);
    return whole === undefined ? undefined : { code: whole };
  },
};

/** Puts in what was written down of the opening. */
const opening = (words: Written): Plugin => ({
  name: 'opening',
  load: id =>
    id === join(root, 'src/server/written.ts') ? `export const written = ${JSON.stringify(words)};` : undefined,
});

/** What each module loads with it. */
const imports = new Map<string, readonly string[]>();
const graph: Plugin = { name: 'graph', moduleParsed: ({ id, importedIds }) => void imports.set(id, importedIds) };
function loadedWith(...files: string[]): Set<string> {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    for (const next of imports.get(id) ?? []) visit(next);
  };
  for (const file of files) visit(join(root, file));
  return found;
}
const among =
  (...files: string[]) =>
  (id: string): boolean =>
    loadedWith(...files).has(id);
/** Few files start sooner than many: one for a start over stdio, one for the server, one for a first call. */
const groups = [
  { name: 'start', test: among('src/main.ts', 'src/cli/serve.ts', 'src/transports/stdio.ts'), priority: 3 },
  { name: 'server', test: among('src/cli/house.ts', 'src/server/mcp.ts', 'src/approvals/opener.ts'), priority: 2 },
  { name: 'call', test: among('src/vendors/http.ts', 'src/vendors/classify.ts'), priority: 1 },
];

/** Writes the bundle into a folder, which is emptied first. */
export async function bundle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const words = await writeDown(version);
  const build = await rolldown({
    input: join(root, 'src/main.ts'),
    cwd: root,
    platform: 'node',
    plugins: [opening(words), texts, schemas, without, graph],
  });
  const { output } = await build.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    codeSplitting: { groups },
    minify: true,
    comments: false,
  });
  await build.close();
  const modules = output
    .filter((file): file is OutputChunk => file.type === 'chunk')
    .flatMap(({ moduleIds }) => moduleIds);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licencesOf(modules));
  copyFileSync(join(root, 'build/launcher.cjs'), join(folder, launcher));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle(process.argv[2] ?? join(root, 'dist'));
