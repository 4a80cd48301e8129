// Puts this server into a client's configuration file: shows what would change, and writes it once a person says so.
import { copyFileSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { meant } from '../closest.ts';
import { ConfigError, type Source } from '../config.ts';
import { type Client, clients, type Entry, fileText, jsonc, type Machine, parsed, Unreadable } from './clients.ts';
import { changed } from './diff.ts';
import { thisProgram } from './house.ts';
import { MEMORY } from './state.ts';

export const thisMachine = (): Machine => ({
  platform: process.platform,
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
});

const usage = (machine: Machine): string =>
  [
    'Usage: automations-mcp init <client> [--yes] [--json] [settings]',
    '',
    'Shows how the client’s file would change, and writes it after your yes. Settings given here (--toolsets, --config, …) go into the',
    'entry, and so do SCRIP_API_KEY_FILE and TRUSTPAGER_API_KEY_FILE. Without a key the entry starts the twins. A key itself is never written.',
    '',
    ...clients.map(client => `  ${client.name.padEnd(16)}${client.file(machine)}`),
  ].join('\n');

/** Settings that are places. A client starts its servers in a folder of its own choosing. */
const places: readonly string[] = ['config', 'stateFolder', 'twinState', 'scripKey', 'trustpagerKey', 'store'];

/**
 * How a client starts this very program. What npx unpacked lies in its cache only for a while: there it is npx again, with this version
 * (`@latest` would ask the registry at each start). Windows finds npx through its shell alone.
 */
export function startOf(
  version: string,
  platform: NodeJS.Platform,
  program: readonly string[] = thisProgram(),
): string[] {
  if (!program.some(word => /[\\/]_npx[\\/]/.test(word))) return [...program];
  return [...(platform === 'win32' ? ['cmd', '/c'] : []), 'npx', '-y', `automations-mcp@${version}`];
}

/**
 * The entry that starts a program with the settings that were given to this command: flags as arguments, files of keys in
 * `env`. What stood in the environment goes in as its flag. A key itself is left out: the file of a client is no place for it.
 */
export function entryOf(sources: readonly Source[], program: readonly string[]): Entry {
  const [command = '', ...args] = program;
  const env: Record<string, string> = {};
  for (const { setting, from, given: words } of sources) {
    if (words === undefined) continue;
    const given = places.includes(setting.name) && words !== MEMORY ? resolve(words) : words;
    if (setting.secret) env[from] = given;
    else if (setting.kind === 'flag') {
      if (/^(true|1|yes|on)$/i.test(given)) args.push(`--${setting.flag}`);
    } else args.push(`--${setting.flag}`, given);
  }
  return { command, args, ...(Object.keys(env).length > 0 ? { env } : {}) };
}

/** The client's file with the entry in it; everything else in it stays as it is, comments too. Throws `ConfigError` where it is no JSON. */
export async function withEntry(client: Client, text: string, entry: Entry): Promise<string> {
  const { applyEdits, modify } = await jsonc();
  const base = text.trim() === '' ? '{}\n' : text;
  const indent = /^([ \t]+)"/m.exec(base)?.[1] ?? '  ';
  const formattingOptions = { insertSpaces: !indent.includes('\t'), tabSize: indent.length, eol: '\n' };
  return applyEdits(
    base,
    modify(base, [client.field, 'automations'], { ...client.wants, ...entry }, { formattingOptions }),
  );
}

/** Whole or not at all; what was there before stays beside it. A link is followed, so that it stays one. */
function write(file: string, text: string, before: string | undefined): string | undefined {
  mkdirSync(dirname(file), { recursive: true });
  const real = before === undefined ? file : realpathSync(file);
  const kept = before === undefined ? undefined : `${real}.before-automations`;
  if (kept !== undefined) copyFileSync(real, kept);
  const half = join(dirname(real), `.${basename(real)}.${process.pid}`);
  try {
    writeFileSync(half, text, { mode: before === undefined ? 0o600 : statSync(real).mode & 0o777 });
    renameSync(half, real);
  } finally {
    rmSync(half, { force: true });
  }
  return kept;
}

async function sure(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const line = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>(resolve => line.once('close', () => resolve('')));
  const said = await Promise.race([line.question('Write this? Type yes and press Enter: '), ended]);
  line.close();
  return said.trim().toLowerCase() === 'yes';
}

/** Exit code 0 where the file is as wanted at the end, 1 where nothing was written. */
export async function init(
  args: readonly string[],
  sources: readonly Source[],
  version: string,
  machine = thisMachine(),
): Promise<number> {
  const print = (...lines: string[]) => process.stdout.write(`${lines.join('\n')}\n`);
  const json = args.includes('--json');
  const [name] = args.filter(word => !word.startsWith('--'));
  if (name === undefined) {
    print(usage(machine));
    return 2;
  }
  const client = clients.find(client => client.name === name);
  if (!client)
    throw new ConfigError(
      `There is no client ${meant(
        name,
        clients.map(client => client.name),
      )}`,
    );
  const file = client.file(machine);
  const key = sources.find(({ setting, given, value }) => setting.secret && value && given === undefined);
  if (key)
    throw new ConfigError(
      `${key.from} holds a key, and a key does not go into a client’s file. Put it into a file of your own and set ${key.setting.env}_FILE to its path; nothing was written.`,
    );
  const before = fileText(file);
  const entry = entryOf(sources, startOf(version, machine.platform));
  if (before !== undefined)
    await parsed(before).catch(error => {
      const why = error instanceof Unreadable ? error.message : String(error);
      throw new ConfigError(`${file} is no JSON that can be changed (${why}); nothing was written.`);
    });
  const after = await withEntry(client, before ?? '', entry);
  const lines = changed(before ?? '', after);
  const already = lines.length === 0;
  const colour = { ' ': 'reset', '-': 'red', '+': 'green' } as const;
  if (!json)
    print(
      `${client.title}: ${file}${before === undefined ? ' (new)' : ''}`,
      ...lines.map(({ mark, text }) => styleText(colour[mark], `${mark} ${text}`, { stream: process.stdout })),
    );
  const yes = !already && (args.includes('--yes') || (!json && (await sure())));
  const kept = yes ? write(file, after, before) : undefined;
  if (json)
    print(JSON.stringify({ client: client.name, file, entry, written: yes, already, ...(kept ? { kept } : {}) }));
  else if (already) print('It is there already; nothing was written.');
  else if (!yes) print('Nothing was written. --yes writes it without asking.');
  else print(`Written.${kept ? ` What was there before: ${kept}` : ''}`, client.afterwards);
  return yes || already ? 0 : 1;
}
