// The part of the operator's file about who may come: what it may say, and how every mistake in it is told, with its place.
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/cli/operator-file.ts';

const good = `
connections:
  - { id: shop, vendor: trustpager, key_env: SHOP_KEY }
  - { id: cafe, vendor: scrip, key_env: CAFE_KEY }
principals:
  - id: ada
    subject: auth0|42
    approves: all
  - id: bot
    connections: [shop]
    scopes: [automations:read, automations:trigger]
    toolset: core
    no_spend: true
  - id: ops
    subject: "*"
    claims: { groups: ops }
    approves: [bot, self]
  - id: guest
    subject: "*"
    read_only: true
budgets:
  - { name: bots, per: day, principal: bot, calls: 10 }
  - { name: mine, per: day, principal: local, calls: 10 }
`;

const first = async (text: string): Promise<string | undefined> => {
  const { mistakes } = await inspect(text);
  const [one] = mistakes;
  return one && `${one.line}:${one.column}: ${one.why}`;
};

describe('the operator’s file', () => {
  test('says who may come, what is left them, and whose questions they answer', async () => {
    const { found, mistakes } = await inspect(good);
    expect(mistakes).toEqual([]);
    expect(found?.principals).toEqual([
      { id: 'ada', subject: 'auth0|42', approves: 'all' },
      {
        id: 'bot',
        connections: ['shop'],
        scopes: ['automations:read', 'automations:trigger'],
        toolset: 'core',
        no_spend: true,
      },
      { id: 'ops', subject: '*', claims: { groups: 'ops' }, approves: ['bot', 'self'] },
      { id: 'guest', subject: '*', read_only: true },
    ]);
    expect((await inspect(JSON.stringify(found))).found).toEqual(found);
  });

  test('without accounts of its own names those that keys in the environment make', async () => {
    expect(await first('principals: [{ id: ada, connections: [scrip, trustpager] }]')).toBeUndefined();
    expect(await first('principals: [{ id: ada, connections: [shop] }]')).toMatch(/no connection is called "shop"/);
  });

  test.each([
    ['id: bot', 'id: Bot', /^9:9: principals\.1\.id: must be a short name/],
    ['id: bot', 'id: ada', '9:9: principals.1.id: two principals are called "ada".'],
    ...['local', 'all', 'self'].map(
      name => ['id: bot', `id: ${name}`, `9:9: principals.1.id: "${name}" has a meaning of its own.`] as const,
    ),
    ['no_spend: true', 'no_spent: true', '13:5: principals.1 has no "no_spent"; did you mean "no_spend"?'],
    ['no_spend: true', 'read_only: please', /^13:16: principals\.1\.read_only: /],
    ['toolset: core', 'toolset: cor', /^12:14: principals\.1\.toolset: must be one of core, .*did you mean "core"\?$/],
    ['automations:trigger', 'trigger', /^11:32: principals\.1\.scopes\.1: must be a scope such as/],
    [
      'connections: [shop]',
      'connections: [shop, caffe]',
      '10:25: principals.1.connections.1: no connection is called "caffe"; did you mean "cafe"?',
    ],
    ['connections: [shop]', 'connections: []', '10:18: principals.1.connections: must name at least one account.'],
    ['approves: all', 'approves: everybody', '8:15: principals.0.approves: must be all, or a list of principals.'],
    [
      '[bot, self]',
      '[bots, self]',
      '17:16: principals.2.approves.0: no principal is called "bots"; did you mean "bot"?',
    ],
    [
      '    subject: "*"\n    claims',
      '    claims',
      /^15:13: principals\.2\.claims: claims are looked at beside a subject/,
    ],
    ['{ groups: ops }', '{}', '16:13: principals.2.claims: must name at least one claim.'],
    ['    claims: { groups: ops }\n', '', '18:14: principals.3.subject: "ops" is recognised by the same.'],
    ['auth0|42', '""', /^7:14: principals\.0\.subject: /],
    [
      'principal: bot',
      'principal: boto',
      '22:40: budgets.0.principal: no principal is called "boto"; did you mean "bot"?',
    ],
    [
      'principal: bot',
      'principal: guest',
      '22:40: budgets.0.principal: "guest" stands for many, each of them by itself; say each: principal.',
    ],
  ] as const)('tells what is wrong and where: %s → %s', async (from, to, told) => {
    expect(good).toContain(from);
    const said = await first(good.replace(from, to));
    if (typeof told === 'string') expect(said).toBe(told);
    else expect(said).toMatch(told);
  });
});
