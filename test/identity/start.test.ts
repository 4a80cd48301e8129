// What cannot hold together stops the start, in one line with exit code 2; and by which names a server is called.
import { afterAll, describe, expect, test } from 'vitest';
import { openHouse } from '../../src/cli/house.ts';
import { doorsOf, principalsOf } from '../../src/cli/identity.ts';
import type { Operator } from '../../src/cli/operator.ts';
import { ConfigError, readConfig } from '../../src/config.ts';
import { folder, run } from '../cli/program.ts';
import { opening } from '../transports/knock.ts';
import { served } from './served.ts';

const ada = { principals: [{ id: 'ada' }] };
const subject = { principals: [{ id: 'ada', subject: 'ada' }] };
const issuer = { oauthIssuer: 'https://id.example' };
const publicUrl = 'https://a.example';

const house = openHouse(readConfig({ stateFolder: ':memory:' }, {}), 'test');
afterAll(() => house.close());

const why = (flags: object, operator: Operator): Promise<unknown> =>
  doorsOf(readConfig({ ...flags }, {}), operator, house).then(
    doors => Object.keys(doors).sort().join(),
    error => (error instanceof ConfigError ? error.message : error),
  );

describe('C17: the start', () => {
  test.each<[object, Operator, string]>([
    [{}, {}, ''],
    [{ host: '::1' }, {}, ''],
    [{}, ada, 'authenticate,forMore,pages'],
    [{ host: '10.1.2.3' }, ada, 'authenticate,forMore,pages'],
    [{ host: '0.0.0.0', publicUrl }, ada, 'authenticate,forMore,pages'],
    [{ host: '::', allowedHosts: 'a:1' }, ada, 'authenticate,forMore,pages'],
    [{ ...issuer, publicUrl }, subject, 'authenticate,forMore,metadata,pages'],
  ])('with %j and %j there is: %s', async (flags, operator, doors) => expect(await why(flags, operator)).toBe(doors));

  test.each<[object, Operator, RegExp]>([
    [
      { host: '0.0.0.0' },
      {},
      /^--host 0\.0\.0\.0 is not loopback, so whoever comes must say who they are: name principals/,
    ],
    [{ host: '::', publicUrl }, {}, /^--host :: is not loopback/],
    [{ host: '10.1.2.3' }, {}, /^--host 10\.1\.2\.3 is not loopback/],
    [{ host: '127.0.0.2' }, {}, /^--host 127\.0\.0\.2 is not loopback/],
    [{ host: '0.0.0.0' }, ada, /^--host 0\.0\.0\.0 listens everywhere; say what this server is called there/],
    [{ ...issuer }, subject, /^--oauth-issuer needs --public-url/],
    [{ ...issuer, publicUrl }, {}, /^--oauth-issuer lets nobody in/],
    [{ ...issuer, publicUrl }, ada, /^--oauth-issuer lets nobody in/],
    [{}, subject, /^Principal "ada" names a subject; say with --oauth-issuer/],
    [{ oauthAudience: 'x' }, ada, /^--oauth-audience and --oauth-scopes are about tokens of an --oauth-issuer/],
    [{ oauthScopes: 'mcp' }, ada, /^--oauth-audience and --oauth-scopes are about/],
  ])('with %j and %j is refused', async (flags, operator, told) => expect(await why(flags, operator)).toMatch(told));

  test('is refused by the program in one line, with exit code 2', async () => {
    await using home = await folder();
    const { code, stderr, stdout } = await run(['serve', '--http', '--host', '0.0.0.0', '--port', '0'], {
      AUTOMATIONS_STATE_FOLDER: home.path,
    });
    expect([code, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(/^automations-mcp: --host 0\.0\.0\.0 is not loopback/);
  });
});

test('what the file says of a principal is what the server knows of it', () => {
  expect(
    principalsOf({
      principals: [
        { id: 'ada', approves: 'all', subject: '*', claims: { groups: 'ops' } },
        { id: 'bot', read_only: true, no_spend: false, toolset: 'core', scopes: [], connections: ['shop'] },
      ],
    }),
  ).toEqual([
    { id: 'ada', approves: ['all'], subject: '*', claims: { groups: 'ops' } },
    { id: 'bot', readOnly: true, noSpend: false, toolset: 'core', scopes: [], connections: ['shop'], approves: [] },
  ]);
  expect(principalsOf({})).toEqual([]);
});

describe('C11: its names', () => {
  test('hold the very address it listens on, where that is not loopback’s', async () => {
    await using at = await served({ ...ada, env: { AUTOMATIONS_HOST: '127.0.0.2' } });
    const { headers, body } = opening('modern');
    const { token } = await at.token('ada');
    const asked = await fetch(at.url, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body,
    });
    expect([new URL(at.url).hostname, asked.status]).toEqual(['127.0.0.2', 200]);
  });

  test('are loopback’s, the public address’s and those that are allowed, exactly; its own pages may come', async () => {
    await using at = await served({
      ...ada,
      env: { AUTOMATIONS_PUBLIC_URL: 'https://automations.example', AUTOMATIONS_ALLOWED_HOSTS: 'inner:8787, other' },
    });
    const { token } = await at.token('ada');
    const { headers, body } = opening('modern');
    const status = async (host: string, origin?: string) => {
      const answer = await at.knock({ headers: { ...headers, host, origin, authorization: `Bearer ${token}` }, body });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      return answer.status;
    };
    const loopback = `127.0.0.1:${at.port}`;
    for (const host of [
      loopback,
      `localhost:${at.port}`,
      'automations.example',
      'AUTOMATIONS.example',
      'inner:8787',
      'other',
    ])
      expect(await status(host), host).toBe(200);
    for (const host of ['automations.example:443', 'automations.example.evil', 'inner', 'inner:1', 'other:80', 'a'])
      expect(await status(host), host).toBe(403);
    for (const origin of ['https://automations.example', `http://${loopback}`])
      expect(await status('automations.example', origin), origin).toBe(200);
    for (const origin of ['http://automations.example', 'https://inner:8787', 'http://other', 'null'])
      expect(await status('automations.example', origin), origin).toBe(403);
  });
});
