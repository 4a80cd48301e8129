// Builds the package's program: everything that runs, packages too, in a few files of plain JavaScript; run as a program it writes dist/.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { licencesOf } from './licences.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const ours = (id: string): boolean => !id.includes('node_modules') && id.startsWith(root);

/** The file that the package starts. */
export const launcher = 'automations-mcp.cjs';

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

/**
 * The SDK brings a JSON Schema validator, some 300 KB. The server has its own for what a form was filled in with, and the demo's client
 * looks only at results of that server; so the bundle does without.
 */
const withoutValidator: Plugin = {
  name: 'without-validator',
  resolveId: source => (/^@modelcontextprotocol\/\w+\/_shims$/.test(source) ? '\0shims' : undefined),
  load: id => (id === '\0shims' ? shims : undefined),
};
const shims = `
export { default as process } from 'node:process';
export const CORS_IS_POSSIBLE = false;
export class DefaultJsonSchemaValidator {
  getValidator() {
    return data => ({ valid: true, data, errorMessage: undefined });
  }
}`;

/** The driver of PostgreSQL can use a native library where somebody asks it to; nobody here does. */
const withoutNative: Plugin = {
  name: 'without-native',
  resolveId: source => (source === 'pg-native' ? '\0native' : undefined),
  load: id => (id === '\0native' ? 'throw new Error("pg-native is no part of this program");' : undefined),
};

/** Writes the bundle into a folder, which is emptied first. */
export async function bundle(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const build = await rolldown({
    input: join(root, 'src/main.ts'),
    cwd: root,
    platform: 'node',
    plugins: [texts, withoutValidator, withoutNative],
  });
  const { output } = await build.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    minify: true,
    comments: false,
  });
  await build.close();
  const modules = output
    .filter((file): file is OutputChunk => file.type === 'chunk')
    .flatMap(({ moduleIds }) => moduleIds);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENCES.txt'), licencesOf(modules));
  copyFileSync(join(dirname(fileURLToPath(import.meta.url)), 'launcher.cjs'), join(folder, launcher));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await bundle(process.argv[2] ?? join(root, 'dist'));
