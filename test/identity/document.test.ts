// What docs/http.md says of who may come is tried as it stands there: the file, the commands, and the settings.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { doorsOf } from '../../src/cli/identity.ts';
import { inspect } from '../../src/cli/operator-file.ts';
import { tokens } from '../../src/cli/tokens.ts';
import { readConfig } from '../../src/config.ts';
import { ownerOf } from '../../src/identity/tokens.ts';
import { sqliteStore } from '../../src/store/sqlite.ts';

const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
const chapter = /## Who may come\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(chapter) ?? [];

/** The words of each command of the program in it, without the file it is given. */
const commands = [...chapter.replaceAll(/ \\\n\s*/g, ' ').matchAll(/^node src\/main\.ts (.*)$/gm)].map(
  ([, words = '']) => words.replace(/ --config automations\.yaml/, '').split(' '),
);

test('the file is right, and with it and the settings shown the server knows whom to let in', async () => {
  const { found, mistakes } = await inspect(yaml);
  expect(mistakes).toEqual([]);
  expect(found?.principals?.map(({ id }) => id)).toEqual(['ada', 'night-agent', 'ops', 'guest']);
  const serve = commands.find(([word]) => word === '--http') ?? [];
  const flags = Object.fromEntries(
    serve.flatMap((word, n) => {
      const value = serve[n + 1] ?? '--';
      const name = word.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      return word.startsWith('--') ? [[name, value.startsWith('--') ? true : value]] : [];
    }),
  );
  expect(Object.keys(flags)).toEqual(['http', 'publicUrl', 'oauthIssuer', 'oauthScopes']);
  const house = openHouse(readConfig({ stateFolder: ':memory:' }, {}), 'test');
  const doors = await doorsOf(readConfig(flags, {}), found ?? {}, house);
  const { body } = doors.metadata as { body: { resource: string; authorization_servers: string[] } };
  expect(doors.metadata?.paths).toContain('/.well-known/oauth-protected-resource/mcp');
  expect(chapter).toContain(
    `resource_metadata="${body.resource.replace('/mcp', '')}/.well-known/oauth-protected-resource/mcp"`,
  );
  expect(body.authorization_servers).toEqual([flags.oauthIssuer]);
  await house.close();
});

test('the commands make, show and revoke a token', async () => {
  const { found } = await inspect(yaml);
  const store = sqliteStore(':memory:');
  const out: string[] = [];
  const desk = {
    store,
    operator: found ?? {},
    now: 1_800_000_000_000,
    out: (text: string) => out.push(text),
    say: () => {},
  };
  const [create = [], list = [], revoke = []] = commands
    .filter(([word]) => word === 'tokens')
    .map(([, ...words]) => words);
  expect(await tokens(create, desk)).toBe(0);
  const [token = ''] = out;
  expect(await ownerOf(store, 'mcp', token, desk.now)).toBe('night-agent');
  expect(await tokens(list, desk)).toBe(0);
  expect(out[1]).toContain(`${token.slice(5, 21)}  night-agent`);
  expect(await tokens(revoke.with(-1, token.slice(5, 21)), desk)).toBe(0);
  expect(await ownerOf(store, 'mcp', token, desk.now)).toBeUndefined();
  await store.close();
});
