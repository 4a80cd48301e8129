#!/usr/bin/env node
// The program: reads its command and settings, and loads only what that command needs.
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { ConfigError, readConfig, type Source, sourcesOf } from './config.ts';
import { redactor } from './redact.ts';
import { type Config, type Setting, settings } from './settings.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** A flag for every setting that has one. Defaults and environment are `config.ts`'s business, so nothing is set here. */
function withSettings(command: Command): Command {
  for (const setting of settings as readonly Setting[]) {
    if (setting.flag === undefined) continue;
    const value =
      setting.kind === 'flag' ? '' : Array.isArray(setting.kind) ? ` <${setting.kind.join('|')}>` : ' <value>';
    const fallback = setting.default === undefined ? '' : `, default ${setting.default}`;
    command.addOption(new Option(`--${setting.flag}${value}`, `${setting.help} (${setting.env}${fallback})`));
  }
  return command;
}

async function run(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command('automations-mcp')
    .description(
      'MCP server for the automations of Scrip and TrustPager. Without a vendor key it runs against built-in twins of both.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .addHelpText(
      'after',
      '\nKeys come from SCRIP_API_KEY and TRUSTPAGER_API_KEY, or from files named by SCRIP_API_KEY_FILE and TRUSTPAGER_API_KEY_FILE.',
    );
  const helped = argv.some(word => ['-h', '--help', 'help'].includes(word));
  const command = (
    name: string,
    help: string,
    action: (config: Config, args: string[], sources: () => Source[]) => Promise<number>,
    args?: string,
    /** Flags of this command alone, with `--` before them where they have no short form; they reach it among its arguments, the long one. */
    flags: Record<string, string> = {},
  ): void => {
    const bare = program
      .command(args ? `${name} ${args}` : name, name === 'serve' ? { isDefault: true } : {})
      .description(help);
    // All flags on all commands take a tenth of a start; one that is not named is not run, and only help tells of its flags.
    const made = (name === 'serve' || argv.includes(name) || helped ? withSettings(bare) : bare)
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      // What is no command reaches the default one as an argument.
      .allowExcessArguments(name === 'serve');
    const spelled = (flag: string): string => (flag.startsWith('-') ? flag : `--${flag}`);
    for (const [flag, help] of Object.entries(flags)) made.option(spelled(flag), help);
    made.action(async () => {
      if (!args && made.args[0] !== undefined)
        throw new ConfigError(`there is no command ${JSON.stringify(made.args[0].slice(0, 40))}; --help lists them.`);
      const given = Object.keys(flags).flatMap(flag => {
        const [name = ''] = /--[a-z]+/.exec(spelled(flag)) ?? [];
        const value: unknown = made.opts()[name.slice(2)];
        return value === undefined ? [] : [value].flat().flatMap(one => (one === true ? [name] : [name, String(one)]));
      });
      const sources = () => sourcesOf(made.opts(), process.env);
      code = await action(readConfig(made.opts(), process.env), [...made.args.map(String), ...given], sources);
    });
  };
  command('serve', 'serve an MCP client over stdio, or over HTTP with --http (the default command)', async config =>
    (await import('./cli/serve.ts')).serve(config, version),
  );
  command('sandbox', 'serve the built-in twins of both vendors alone, over HTTP', async config =>
    (await import('./cli/sandbox.ts')).sandbox(config),
  );
  command('demo', 'show the whole story on the twins, in this terminal', async config =>
    (await import('./cli/demo.ts')).demo(config),
  );
  command(
    'doctor',
    'look at everything this server needs: Node, settings, accounts, state, how a person is asked, clients',
    async (config, args, sources) => (await import('./cli/doctor.ts')).doctor(config, args, sources(), version),
    '[what...]',
    { offline: 'ask no account', json: 'one JSON object' },
  );
  command(
    'init',
    'put this server into a client’s configuration file, after showing what would change: claude-desktop, claude-code, cursor, vscode',
    async (_config, args, sources) => (await import('./cli/init.ts')).init(args, sources(), version),
    '[client]',
    { yes: 'write without asking', json: 'one JSON object' },
  );
  command(
    'inspect',
    'what an agent would get with these settings: tools with their tokens, and the policy that holds',
    async (config, args) => (await import('./cli/inspect.ts')).inspect(config, args, version),
    '[what...]',
    { json: 'one JSON object' },
  );
  command(
    'config',
    'schema: the JSON schema of the operator’s file; show: every setting, its value and where that comes from',
    async (_config, args, sources) => (await import('./cli/config.ts')).config(args, sources()),
    '[what...]',
    { json: 'show: one JSON object' },
  );
  command(
    'approvals',
    'answer questions in this terminal: list, show <id>, approve <id>, reject <id>, watch',
    async (config, args) => (await import('./cli/approvals-here.ts')).approvalsHere(config, args),
    '[what...]',
    { json: 'watch: one JSON object per line; answers nothing' },
  );
  command(
    'stop',
    'stop everything that changes anything, at once, in every server on the same state folder or database',
    async (config, args) => (await import('./cli/stop.ts')).stop(config, args),
    '[reason...]',
  );
  command(
    'spend',
    'what was used: credits, calls and people by day, connection, automation, tool and principal',
    async (config, args) => (await import('./cli/spend.ts')).spend(config, args),
    '[days]',
    { json: 'one JSON object', 'zone <zone>': 'whose days they are, default UTC' },
  );
  command(
    'audit',
    'what was decided, asked, sent and spent: tail, verify, export, replay',
    async (config, args) => (await import('./cli/audit.ts')).auditHere(config, version, args),
    '[what...]',
    {
      '-f, --follow': 'tail: go on as entries come',
      json: 'tail, replay: JSON',
      csv: 'export: a table',
      'head <seq.hash...>': 'verify: ends of the chain that are known from results and log lines',
    },
  );
  command(
    'policy',
    'the operator’s rules: lint, test, explain, simulate, schema',
    async (config, args) => (await import('./cli/policy.ts')).policy(config, args),
    '[what...]',
    {
      json: 'one JSON object',
      'tool <tool>': 'explain: the tool that is called',
      'arguments <json>': 'explain: its arguments',
      'fact <name=value...>': 'explain: a fact of the call, such as credits.high=50',
      live: 'explain: read the accounts instead; nothing is sent',
    },
  );
  command(
    'tokens',
    'static tokens for HTTP: create <principal>, list, revoke <id>',
    async (config, args) => (await import('./cli/tokens.ts')).tokensHere(config, args),
    '[what...]',
    { 'days <days>': 'create: how long it is good for, default 90', approvals: 'create: for the approval page alone' },
  );
  command(
    'health',
    'ask the server on this machine’s port how it is: exit code 0 where it is well',
    async (config, args) => (await import('./cli/health.ts')).health(config, args),
    undefined,
    { ready: 'whether it takes requests, not only whether it lives' },
  );
  command('resume', 'end the stop', async config => (await import('./cli/stop.ts')).resume(config));
  command('client-config', 'print the JSON that makes Claude Desktop start this checkout', async () =>
    (await import('./cli/client-config.ts')).clientConfig(),
  );
  await program.parseAsync(argv);
  return code;
}

/** What was put where it does not belong is not repeated: keys, and passwords in addresses. */
const masked = (text: string): string => {
  const secrets = (settings as readonly Setting[]).filter(({ secret }) => secret).map(({ env }) => process.env[env]);
  return redactor(secrets)(text).replace(/(:\/\/[^\s/@:]*:)[^\s/@]+@/g, '$1[secret]@');
};

/** One clear line on stderr for whatever is wrong with the command or its settings. */
run(process.argv).then(
  code => process.exit(code),
  error => {
    if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
    const usage = error instanceof CommanderError || error instanceof ConfigError;
    const { message, stack = message } = error as Error;
    const said =
      !usage && process.env.AUTOMATIONS_LOG_LEVEL === 'debug'
        ? stack
        : message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
    process.stderr.write(`automations-mcp: ${masked(said)}\n`);
    process.exit(usage ? 2 : 1);
  },
);
