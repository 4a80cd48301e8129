// `init`: the entry for each client, the change shown before it is written, and everything else in a client's file left as it was.
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clients, jsonc, type Machine, parsed, pointing } from '../../src/cli/clients.ts';
import { changed } from '../../src/cli/diff.ts';
import { thisProgram } from '../../src/cli/house.ts';
import { entryOf, startOf, withEntry } from '../../src/cli/init.ts';
import { sourcesOf } from '../../src/config.ts';
import { client, folder, run } from './program.ts';

const clientOf = (name: string) => clients.find(client => client.name === name) ?? expect.fail(name);
const [command = '', ...args] = thisProgram();

describe('where clients keep their files', () => {
  const at = (machine: Partial<Machine>) =>
    Object.fromEntries(
      clients.map(client => [
        client.name,
        client.file({ platform: 'linux', env: {}, home: '/home/ana', cwd: '/project', ...machine }),
      ]),
    );
  test('Linux', () => {
    expect(at({})).toEqual({
      'claude-desktop': '/home/ana/.config/Claude/claude_desktop_config.json',
      'claude-code': '/project/.mcp.json',
      cursor: '/home/ana/.cursor/mcp.json',
      vscode: '/home/ana/.config/Code/User/mcp.json',
    });
    expect(at({ env: { XDG_CONFIG_HOME: '/cfg' } }).vscode).toBe('/cfg/Code/User/mcp.json');
    expect(at({ env: { XDG_CONFIG_HOME: 'not/absolute' } }).vscode).toBe('/home/ana/.config/Code/User/mcp.json');
  });
  test('macOS', () => {
    expect(at({ platform: 'darwin', home: '/Users/ana' })).toMatchObject({
      'claude-desktop': '/Users/ana/Library/Application Support/Claude/claude_desktop_config.json',
      vscode: '/Users/ana/Library/Application Support/Code/User/mcp.json',
    });
  });
  test('Windows', () => {
    const machine = { platform: 'win32' as const, home: 'C:\\Users\\ana', cwd: 'D:\\project' };
    expect(at({ ...machine, env: { APPDATA: 'C:\\Users\\ana\\AppData\\Roaming' } })).toEqual({
      'claude-desktop': 'C:\\Users\\ana\\AppData\\Roaming\\Claude\\claude_desktop_config.json',
      'claude-code': 'D:\\project\\.mcp.json',
      cursor: 'C:\\Users\\ana\\.cursor\\mcp.json',
      vscode: 'C:\\Users\\ana\\AppData\\Roaming\\Code\\User\\mcp.json',
    });
    expect(at(machine).vscode).toBe('C:\\Users\\ana\\AppData\\Roaming\\Code\\User\\mcp.json');
  });
});

describe('the entry', () => {
  test('has the settings that were given, as flags, with paths that hold in any folder', async () => {
    await using home = await folder();
    const key = relative(process.cwd(), join(home.path, 'key'));
    await writeFile(key, 'sk_0123456789abcdef0123');
    const flags = { readOnly: true, toolsets: 'all', config: 'automations.yaml', browser: false };
    expect(
      entryOf(sourcesOf(flags, { AUTOMATIONS_STATE_FOLDER: '/var/amcp', SCRIP_API_KEY_FILE: key }), ['node', 'p']),
    ).toEqual({
      command: 'node',
      args: [
        'p',
        '--config',
        join(process.cwd(), 'automations.yaml'),
        '--toolsets',
        'all',
        '--read-only',
        '--no-browser',
        '--state-folder',
        '/var/amcp',
      ],
      env: { SCRIP_API_KEY_FILE: join(home.path, 'key') },
    });
  });
  test('leaves out what is only a default, or switched off', () => {
    expect(entryOf(sourcesOf({}, { AUTOMATIONS_READ_ONLY: 'no' }), [command, ...args])).toEqual({ command, args });
  });

  test('starts this very program, and what npx unpacked for a while by npx', () => {
    expect(startOf('1.2.3', 'linux')).toEqual([command, ...args]);
    const npx = (path: string, platform: NodeJS.Platform) => startOf('1.2.3', platform, ['node', path]);
    expect(npx('/home/ana/.npm/_npx/0a1b/node_modules/automations-mcp/dist/automations-mcp.cjs', 'darwin')).toEqual([
      'npx',
      '-y',
      'automations-mcp@1.2.3',
    ]);
    expect(npx('C:\\Users\\ana\\_npx\\0a\\automations-mcp.cjs', 'win32')).toEqual([
      'cmd',
      '/c',
      'npx',
      '-y',
      'automations-mcp@1.2.3',
    ]);
  });

  test('changes nothing else in the file, whatever its style, comments included', async () => {
    const text =
      '// mine\n{\n\t"theme": "dark", // keep\n\t"mcpServers": {\n\t\t"other": { "command": "x" },\n\t},\n}\n';
    const after = await withEntry(clientOf('cursor'), text, { command: 'c', args: ['a'] });
    for (const kept of ['// mine\n', '\t"theme": "dark", // keep\n', '\t\t"automations": {\n'])
      expect(after).toContain(kept);
    expect(await parsed(after)).toEqual({
      theme: 'dark',
      mcpServers: { other: { command: 'x' }, automations: { command: 'c', args: ['a'] } },
    });
  });

  test('any file of JSON keeps all its other values, and a second time changes nothing', async () => {
    const { parse } = await jsonc();
    await fc.assert(
      fc.asyncProperty(
        // Some readers of JSON take that one name for something else than a name.
        fc.dictionary(fc.string(), fc.jsonValue()).filter(value => !JSON.stringify(value).includes('__proto__')),
        fc.dictionary(fc.string(), fc.jsonValue()).filter(value => !JSON.stringify(value).includes('__proto__')),
        fc.constantFrom(0, 2, '\t'),
        async (others, servers, indent) => {
          const before = { ...others, servers };
          const once = await withEntry(clientOf('vscode'), JSON.stringify(before, null, indent), {
            command: 'c',
            args: [],
          });
          const automations = { type: 'stdio', command: 'c', args: [] };
          expect(parse(once)).toEqual(JSON.parse(JSON.stringify({ ...before, servers: { ...servers, automations } })));
          expect(await withEntry(clientOf('vscode'), once, { command: 'c', args: [] })).toBe(once);
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('a change is shown as the lines that differ, with three around them', () => {
  const old = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const now = old.toSpliced(4, 1, 'E', 'EE');
  expect(changed(`${old.join('\n')}\n`, `${now.join('\n')}\n`).map(({ mark, text }) => mark + text)).toEqual([
    ' b',
    ' c',
    ' d',
    '-e',
    '+E',
    '+EE',
    ' f',
    ' g',
    ' h',
  ]);
  expect(changed('same\n', 'same\n')).toEqual([]);
  expect(changed('', 'a\n').map(({ mark, text }) => mark + text)).toEqual(['+a']);
});

describe('whether a file points here', () => {
  test.each<[string, unknown, object]>([
    ['this program', { mcpServers: { a: { command, args } } }, { at: 'here', entries: ['a'] }],
    [
      'another copy',
      { mcpServers: { b: { command: 'npx', args: ['-y', 'automations-mcp@0.1.0'] } } },
      { at: 'elsewhere', entries: ['b'] },
    ],
    ['other servers', { mcpServers: { c: { command: 'x' }, d: { url: 'http://y' }, e: null } }, { at: 'no entry' }],
    ['nothing', {}, { at: 'no entry' }],
    ['no object', [], { at: 'unreadable', why: 'it holds no object' }],
  ])('%s', async (_what, content, expected) => {
    await using home = await folder();
    const machine: Machine = { platform: 'linux', env: {}, home: home.path, cwd: home.path };
    await writeFile(join(home.path, '.mcp.json'), JSON.stringify(content));
    expect(await pointing(clientOf('claude-code'), machine, args.at(-1) ?? '')).toEqual(expected);
    expect(await pointing(clientOf('cursor'), machine, '')).toEqual({ at: 'no file' });
  });
  test('broken JSON, with its place', async () => {
    await using home = await folder();
    await writeFile(join(home.path, '.mcp.json'), '{\n  "a": ]\n}');
    const machine: Machine = { platform: 'linux', env: {}, home: home.path, cwd: home.path };
    expect(await pointing(clientOf('claude-code'), machine, '')).toMatchObject({
      at: 'unreadable',
      why: expect.stringMatching(/^line 2, column 8: /),
    });
  });
});

describe.concurrent('the command', () => {
  const file = (home: string) => join(home, '.cursor', 'mcp.json');
  async function written(home: string, text: string) {
    await mkdir(dirname(file(home)), { recursive: true });
    await writeFile(file(home), text);
  }

  test('without a yes shows the change and writes nothing; with --yes it writes, keeps the old one, and the client then starts this server', async () => {
    await using home = await folder();
    const env = { HOME: home.path };
    await written(home.path, '{\n  "mcpServers": { "other": { "command": "x" } }\n}\n');
    await chmod(file(home.path), 0o640);
    const shown = await run(['init', 'cursor'], env);
    expect(shown).toMatchObject({ code: 1, stderr: '' });
    expect(shown.stdout).toMatch(/^\+ .*"automations"/m);
    expect(shown.stdout).toContain('Nothing was written.');
    expect(await readdir(dirname(file(home.path)))).toEqual(['mcp.json']);
    const wrote = await run(['init', 'cursor', '--yes', '--toolsets', 'core'], env);
    expect(wrote).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(`${file(home.path)}.before-automations`, 'utf8')).toContain('"other"');
    expect((await stat(file(home.path))).mode & 0o777).toBe(0o640);
    const { mcpServers } = JSON.parse(await readFile(file(home.path), 'utf8'));
    expect(mcpServers.other).toEqual({ command: 'x' });
    await using server = await client([], env, [mcpServers.automations.command, ...mcpServers.automations.args]);
    expect(await server.names()).toContain('list_connections');
    const again = await run(['init', 'cursor', '--yes', '--toolsets', 'core', '--json'], env);
    expect(JSON.parse(again.stdout)).toMatchObject({ written: false, already: true });
    expect((await run(['doctor', '--offline'], env)).stdout).toMatch(
      /ok +client +Cursor: .* starts this very program as automations/,
    );
  });

  test('makes a file that is not there, for its owner alone, and follows a link', async () => {
    await using home = await folder();
    expect((await run(['init', 'cursor', '--yes'], { HOME: home.path })).code).toBe(0);
    expect((await stat(file(home.path))).mode & 0o777).toBe(0o600);
    await using other = await folder();
    await writeFile(join(other.path, 'real.json'), '{}');
    await mkdir(join(other.path, '.cursor'));
    await symlink(join(other.path, 'real.json'), file(other.path));
    expect((await run(['init', 'cursor', '--yes'], { HOME: other.path })).code).toBe(0);
    expect(await readFile(join(other.path, 'real.json'), 'utf8')).toContain('automations');
  });

  test.each<[string, string[], Record<string, string>, RegExp]>([
    ['a client nobody knows', ['init', 'cursr'], {}, /There is no client "cursr".*did you mean "?cursor/],
    [
      'a key itself',
      ['init', 'cursor', '--yes'],
      { SCRIP_API_KEY: 'sk_0123456789abcdef0123' },
      /SCRIP_API_KEY holds a key.*SCRIP_API_KEY_FILE/,
    ],
  ])('refuses %s, and writes nothing', async (_what, words, env, says) => {
    await using home = await folder();
    const { code, stdout, stderr } = await run(words, { HOME: home.path, ...env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('0123456789');
    expect(await readdir(home.path)).toEqual([]);
  });

  test('leaves a file alone that it cannot read', async () => {
    await using home = await folder();
    await written(home.path, '{ "mcpServers": ');
    const { code, stderr } = await run(['init', 'cursor', '--yes'], { HOME: home.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/mcp\.json is no JSON that can be changed \(line 1, column \d+/);
    expect(await readFile(file(home.path), 'utf8')).toBe('{ "mcpServers": ');
  });
});
