// What registries and clients read of the package, from what the package and its settings say. `npm run readme` writes the files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prompts } from '../src/server/texts.ts';
import { type Setting, settings } from '../src/settings.ts';
import { catalogue } from '../tools/index.ts';
import { launcher, root } from './place.ts';

const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  description: string;
  keywords: string[];
  license: string;
  repository: { type: string; url: string };
  mcpName: string;
  engines: { node: string };
};
const title = 'Automations at Scrip and TrustPager';
const repository = about.repository.url.replace(/^git\+|\.git$/g, '');

/** What a client's form asks for, none of it required: the settings that a person at a desk has a use for. */
const fields: Record<string, { title: string; type?: 'boolean' | 'file' }> = {
  SCRIP_API_KEY: { title: 'Scrip key' },
  SCRIP_PROGRAM_ID: { title: 'Scrip program' },
  TRUSTPAGER_API_KEY: { title: 'TrustPager key' },
  TRUSTPAGER_SCOPES: { title: 'TrustPager scopes' },
  AUTOMATIONS_READ_ONLY: { title: 'Read only', type: 'boolean' },
  AUTOMATIONS_NO_SPEND: { title: 'Nothing fires', type: 'boolean' },
  AUTOMATIONS_CONFIG: { title: 'Operator’s file', type: 'file' },
};
const setting = (env: string): Setting => {
  const found = (settings as readonly Setting[]).find(setting => setting.env === env);
  if (!found) throw new Error(`there is no setting ${env}`);
  return found;
};
const secret = (env: string): boolean => setting(env).flag === undefined;
const help = (env: string): string => setting(env).help.replace(/, or \w+_FILE .*/, '');

/** The manifest of the bundle for Claude Desktop (MCPB 0.4). Its values are blank or literally `${user_config.…}` until somebody fills them in. */
export const manifest = () => ({
  manifest_version: '0.4',
  name: about.name,
  display_name: title,
  version: about.version,
  description: about.description,
  long_description:
    'Without a key it runs against built-in twins of both vendors: nothing real is touched. With a key, nothing that fires, switches on or costs credits is sent without a person’s yes, given on a page that opens in the browser.',
  author: { name: `The authors of ${about.name}`, url: repository },
  repository: { type: 'git', url: repository },
  license: about.license,
  icon: 'icon.png',
  keywords: about.keywords,
  server: {
    type: 'node',
    entry_point: `server/${launcher}`,
    mcp_config: {
      command: 'node',
      args: [`\${__dirname}/server/${launcher}`],
      env: Object.fromEntries(Object.keys(fields).map(env => [env, `\${user_config.${env.toLowerCase()}}`])),
    },
  },
  tools: catalogue.filter(({ toolset }) => toolset === 'core').map(({ name, title }) => ({ name, description: title })),
  tools_generated: true,
  prompts_generated: prompts.length > 0,
  compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: about.engines.node } },
  user_config: Object.fromEntries(
    Object.entries(fields).map(([env, { title, type = 'string' }]) => [
      env.toLowerCase(),
      {
        type,
        title,
        description: help(env),
        required: false,
        ...(type === 'boolean' ? { default: false } : {}),
        ...(secret(env) ? { sensitive: true } : {}),
      },
    ]),
  ),
});

export const bundleName = `${about.name}-${about.version}.mcpb`;

/** The registry's entry. `sha256` is that of the bundle of the same version, which only its release knows. */
export const serverJson = (sha256?: string) => ({
  $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  name: about.mcpName,
  title,
  description: 'Run automations at Scrip and TrustPager, with a person’s yes before anything that costs.',
  repository: { url: repository, source: 'github' },
  version: about.version,
  packages: [
    {
      registryType: 'npm',
      identifier: about.name,
      version: about.version,
      runtimeHint: 'npx',
      transport: { type: 'stdio' },
      environmentVariables: Object.entries(fields).map(([env, { type = 'string' }]) => ({
        name: env,
        description: help(env),
        isRequired: false,
        isSecret: secret(env),
        format: type === 'file' ? 'filepath' : type,
      })),
    },
    ...(sha256
      ? [
          {
            registryType: 'mcpb',
            identifier: `${repository}/releases/download/v${about.version}/${bundleName}`,
            version: about.version,
            fileSha256: sha256,
            transport: { type: 'stdio' },
          },
        ]
      : []),
  ],
});

/** The command that starts the published package: always of one version, since whatever follows `@latest` may change under a client. */
export const npx = { command: 'npx', args: ['-y', `${about.name}@${about.version}`] };

/** Links that put the server into a client. A README's reader shows no links of other schemes, so both go by a page that redirects. */
export const links = {
  cursor: `https://cursor.com/en/install-mcp?name=automations&config=${encodeURIComponent(Buffer.from(JSON.stringify(npx)).toString('base64'))}`,
  vscode: `https://insiders.vscode.dev/redirect?url=${encodeURIComponent(`vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name: 'automations', ...npx }))}`)}`,
};
export const claudeCode = `claude mcp add automations -- ${[npx.command, ...npx.args].join(' ')}`;

/** Lines of the README. */
export const install = (): string[] => [
  `[Add to Cursor](${links.cursor}) · [Add to VS Code](${links.vscode}) · Claude Code: \`${claudeCode}\` · Claude Desktop: open \`${bundleName}\` from the [releases](${repository}/releases)`,
];

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** What each file should be. */
export const published: Record<string, () => string> = {
  'server.json': () => json(serverJson()),
  // Whoever opens this repository in a client that reads it has the twins at once, from source, with the Node that development brings.
  '.mcp.json': () =>
    json({ mcpServers: { automations: { command: 'npm', args: ['run', '-s', 'start', '--', '--sandbox'] } } }),
};
