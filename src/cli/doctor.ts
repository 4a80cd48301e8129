// Looks at everything this server needs and says what it found: Node, settings, accounts, state, how a person is asked, clients. It changes nothing.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { styleText } from 'node:util';
import { hasDisplay } from '../approvals/opener.ts';
import type { Source } from '../config.ts';
import { Failure } from '../errors.ts';
import { redactor } from '../redact.ts';
import type { Connection, VendorHandle } from '../server/house.ts';
import type { Config } from '../settings.ts';
import { clients, type Machine, pointing } from './clients.ts';
import { openAccounts } from './connections.ts';
import { thisProgram } from './house.ts';
import { thisMachine } from './init.ts';
import type { Operator } from './operator.ts';
import { databaseOf, MEMORY, openStore, stateFolder } from './state.ts';
import { warnings } from './warnings.ts';

export interface Finding {
  /** What was looked at. */
  about: 'node' | 'settings' | 'account' | 'state' | 'asking' | 'http' | 'client';
  /** `fail`: this server would not work as it stands. `warn`: it would, and perhaps not as meant. */
  status: 'ok' | 'note' | 'warn' | 'fail';
  text: string;
}

type Look = (config: Config, operator: Operator) => Promise<Finding[]> | Finding[];

const OLDEST = [22, 19];

export function node(version: string, where: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const old = major < (OLDEST[0] ?? 0) || (major === OLDEST[0] && minor < (OLDEST[1] ?? 0));
  return {
    about: 'node',
    status: old ? 'fail' : 'ok',
    text: `Node ${version} at ${where}${old ? `; it must be ${OLDEST.join('.')} or newer` : ''}`,
  };
}

/** What somebody set, with its place; defaults are not repeated. */
const set = (sources: readonly Source[]): Finding[] => {
  const given = sources.filter(({ from }) => !['default', 'not set'].includes(from));
  if (given.length === 0) return [{ about: 'settings', status: 'note', text: 'nothing is set: all defaults' }];
  return given.map(({ setting, value, from }) => ({
    about: 'settings',
    status: 'note',
    text: `${setting.flag ?? setting.env}: ${value} (${from})`,
  }));
};

/** One read of the account: whether its key is good, how long an answer takes, and what is left to spend. */
async function account(connection: Connection): Promise<Finding> {
  const { id, vendor, environment, scopes } = connection;
  const granted = scopes
    ? `scopes ${scopes.join(', ') || 'none'}`
    : vendor === 'scrip'
      ? 'no scopes declared, so everything'
      : 'scopes not declared, so the key’s own';
  const what = `${id}: ${environment === 'sandbox' ? 'the built-in twin of' : ''} ${vendor}, ${granted}`.replace(
    / {2,}/g,
    ' ',
  );
  const began = performance.now();
  try {
    const handle = await connection.open();
    let more: string;
    if (vendor === 'scrip') {
      const programs = await (handle as VendorHandle<'scrip'>).reader.listPrograms();
      more = `${programs.length} ${programs.length === 1 ? 'program' : 'programs'}; it charges no credits`;
      if (
        connection.program &&
        !programs.some(program => program.id.toLowerCase() === connection.program?.toLowerCase())
      )
        return {
          about: 'account',
          status: 'fail',
          text: `${what}; its default program ${connection.program} is not among its ${programs.length}`,
        };
    } else {
      await (handle as VendorHandle<'trustpager'>).reader.listAutomations({ limit: 1 });
      const left = handle.credits();
      more = left ? `${left.credits} credits left` : 'it does not say how many credits are left';
    }
    return {
      about: 'account',
      status: 'ok',
      text: `${what}; answered in ${Math.round(performance.now() - began)} ms; ${more}`,
    };
  } catch (error) {
    const why =
      error instanceof Failure ? [error.message, error.details.next].filter(Boolean).join(' ') : String(error);
    return { about: 'account', status: 'fail', text: `${what}; ${why}` };
  }
}

const accounts =
  (offline: boolean): Look =>
  async (config, operator) => {
    // What the twins are asked here is of no later use, and leaves nothing.
    const opened = openAccounts(config, operator);
    const mask = redactor(opened.secrets);
    try {
      if (offline)
        return opened.connections.map(({ id, vendor, environment }) => ({
          about: 'account',
          status: 'note',
          text: `${id}: ${vendor}, ${environment}; not asked, because of --offline`,
        }));
      const found = await Promise.all(opened.connections.map(account));
      return found.map(finding => ({ ...finding, text: mask(finding.text) }));
    } finally {
      await opened.close();
    }
  };

function folderOf(folder: string): Finding {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  accessSync(there, constants.W_OK | constants.X_OK);
  const mode = statSync(there).mode & 0o777;
  const open = there === folder && process.platform !== 'win32' && (mode & 0o077) !== 0;
  return {
    about: 'state',
    status: open ? 'warn' : 'ok',
    text: `${folder}${there === folder ? '' : ', made when it is first needed'}${open ? `; others may look into it (mode 0${mode.toString(8)})` : ''}`,
  };
}

const state: Look = async config => {
  const folder = stateFolder(config);
  const database = databaseOf(config);
  if (!database && folder === MEMORY)
    return [
      {
        about: 'state',
        status: 'warn',
        text: 'in memory: nothing outlives the server, and no terminal reaches its questions',
      },
    ];
  const found: Finding[] = [];
  const store = openStore(config);
  try {
    if (!database) found.push(folderOf(folder));
    const waiting = await store.questions({ open_at: Date.now() });
    if (database) found.push({ about: 'state', status: 'ok', text: `the database ${database.name}` });
    if (waiting.length > 0)
      found.push({
        about: 'state',
        status: 'note',
        text: `questions that are open: ${waiting.length} (automations-mcp approvals)`,
      });
  } catch (error) {
    found.push({
      about: 'state',
      status: 'fail',
      text: `${database?.name ?? folder} cannot be used: ${(error as Error).message}`,
    });
  }
  const stop = await store.stopped().catch(() => undefined);
  await store.close();
  if (stop !== undefined)
    found.push({
      about: 'state',
      status: 'warn',
      text: `everything is stopped${stop === '' ? '' : `: ${stop}`} (automations-mcp resume ends it)`,
    });
  return found;
};

const noted: Look = (_, operator) =>
  warnings(process.env, operator).map(([fields, message]) => ({
    about: 'settings',
    status: 'warn',
    text: `${message} (${Object.values(fields).flat().join(', ')})`,
  }));

const unreachable = (config: Config): boolean => config.store === undefined && stateFolder(config) === MEMORY;

const asking: Look = config => {
  const page = config.http
    ? 'no page opens for a server over HTTP'
    : config.noBrowser
      ? 'the approval page is never opened (--no-browser, or CI is set)'
      : hasDisplay(process.env, process.platform)
        ? 'the approval page opens in the browser'
        : 'there is no display to open the approval page on';
  const terminal = unreachable(config)
    ? 'no terminal reaches questions in memory'
    : 'automations-mcp approvals answers in a terminal';
  const nobody = !page.startsWith('the approval page opens') && unreachable(config);
  return [
    {
      about: 'asking',
      status: nobody ? 'warn' : 'ok',
      text: `a form, where the client has them; else: ${page}; ${terminal}`,
    },
  ];
};

const http: Look = async config => {
  if (!config.http || config.port === 0) return [];
  const free = await new Promise<string | undefined>(resolve => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: config.host, port: config.port }, () => server.close(() => resolve(undefined)));
  });
  return [
    {
      about: 'http',
      status: free === undefined ? 'ok' : 'warn',
      text: `${config.host} port ${config.port} ${free === undefined ? 'is free' : `cannot be listened on (${free}); perhaps this server runs there already`}`,
    },
  ];
};

const pointed =
  (machine: Machine): Look =>
  async () => {
    const program = thisProgram().at(-1) ?? '';
    return Promise.all(
      clients.map(async (client): Promise<Finding> => {
        const found = await pointing(client, machine, program);
        const file = client.file(machine);
        const said = {
          'no file': () => `no file ${file}`,
          'no entry': () => `${file} has no entry for this server (automations-mcp init ${client.name})`,
          here: () => `${file} starts this very program`,
          elsewhere: () => `${file} starts another copy of this server`,
          unreadable: () => `${file} cannot be read: ${'why' in found ? found.why : ''}`,
        }[found.at]();
        const names = 'entries' in found ? ` as ${found.entries.join(', ')}` : '';
        const status = found.at === 'unreadable' ? 'warn' : found.at === 'here' ? 'ok' : 'note';
        return { about: 'client', status, text: `${client.title}: ${said}${names}` };
      }),
    );
  };

const marks = { ok: ['ok', 'green'], note: ['', 'reset'], warn: ['warn', 'yellow'], fail: ['FAIL', 'red'] } as const;

/** Exit code 1 where anything fails. `--offline` asks no account; `--json` prints one object. */
export async function doctor(
  config: Config,
  args: readonly string[],
  sources: readonly Source[],
  version: string,
  machine: Machine = thisMachine(),
): Promise<number> {
  const operator =
    config.config === undefined ? {} : await (await import('./operator-file.ts')).readOperator(config.config);
  const looks: Look[] = [noted, accounts(args.includes('--offline')), state, asking, http, pointed(machine)];
  const findings = [
    node(process.version, process.execPath),
    ...set(sources),
    ...(await Promise.all(looks.map(look => look(config, operator)))).flat(),
  ];
  const failed = findings.filter(({ status }) => status === 'fail').length;
  const print = (text: string) => process.stdout.write(`${text}\n`);
  if (args.includes('--json')) print(JSON.stringify({ version, failed, findings }));
  else {
    print(`automations-mcp ${version}`);
    for (const { about, status, text } of findings) {
      const [mark, colour] = marks[status];
      print(`${styleText(colour, mark.padEnd(5), { stream: process.stdout })}${about.padEnd(9)}${text}`);
    }
    print(
      failed === 0
        ? 'Nothing stands in the way.'
        : `${failed} ${failed === 1 ? 'thing stands' : 'things stand'} in the way.`,
    );
  }
  return failed === 0 ? 0 : 1;
}
