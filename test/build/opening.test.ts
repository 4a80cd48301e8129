// The opening that is written down is the server's own: whatever a client says, and in whatever order, it hears the same from the door and
// the server behind it as from the server alone.
import { PassThrough } from 'node:stream';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDown } from '../../build/opening.ts';
import { type Home, openHouse } from '../../src/cli/house.ts';
import { shownBy } from '../../src/cli/opening.ts';
import { readConfig } from '../../src/config.ts';
import { mcpServers } from '../../src/server/mcp.ts';
import { opening, type Written } from '../../src/server/opening.ts';
import { door } from '../../src/transports/door.ts';

const keys = { SCRIP_API_KEY: 'sk_0123456789abcdef0123', TRUSTPAGER_API_KEY: 'tp_live_0123456789abcdef' };
/** Settings that an opening may show, and some that it must not. */
const settings: Record<string, string>[] = [
  {},
  { AUTOMATIONS_TOOLSETS: 'all' },
  { SCRIP_API_KEY: keys.SCRIP_API_KEY },
  { TRUSTPAGER_API_KEY: keys.TRUSTPAGER_API_KEY, AUTOMATIONS_TOOLSETS: 'authoring' },
  keys,
  { ...keys, AUTOMATIONS_SANDBOX: 'true' },
  { AUTOMATIONS_READ_ONLY: 'true', AUTOMATIONS_NO_SPEND: 'true', SCRIP_SCOPES: 'automations:read' },
];

let written: Written;
let houses: { env: Record<string, string>; house: Home; say: () => ReturnType<typeof opening> }[];
beforeAll(async () => {
  written = await writeDown('test');
  houses = settings.map(env => {
    const config = readConfig({}, { AUTOMATIONS_STATE_FOLDER: ':memory:', AUTOMATIONS_LOG_LEVEL: 'silent', ...env });
    return { env, house: openHouse(config, 'test'), say: () => opening(written, shownBy(config)) };
  });
});
afterAll(() => Promise.all(houses.map(({ house }) => house.close())));

/** What a client hears to these lines, by id, when it also asks a last thing; by the door first, or not. */
async function heard(house: Home, lines: readonly string[], say?: ReturnType<typeof opening>) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const frames: Record<string, unknown>[] = [];
  const last = Promise.withResolvers<void>();
  output.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trimEnd().split('\n')) frames.push(JSON.parse(line));
    if (frames.some(({ id }) => id === 'last')) last.resolve();
  });
  const served = (async () => {
    const over = say ? await door(input, output, say) : { input, output };
    const servers = mcpServers(house);
    return serveStdio(() => servers(), {
      transport: new StdioServerTransport(over.input as never, over.output as never),
    });
  })();
  // One by one, so that chunks are not lines.
  for (const line of lines) for (const part of line.match(/.{1,4000}/gs) ?? []) input.write(part);
  input.write('{"jsonrpc":"2.0","id":"last","method":"no/such/method"}\n');
  await last.promise;
  await new Promise(setImmediate);
  await (await served).close();
  return frames.sort((a, b) => JSON.stringify(a.id).localeCompare(JSON.stringify(b.id)));
}

type Message = Record<string, unknown>;
const [V, I, C] = ['protocolVersion', 'clientInfo', 'clientCapabilities'].map(
  name => `io.modelcontextprotocol/${name}`,
) as [string, string, string];
const clientInfo = { name: 'a', version: '1' };
const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
const envelope = { _meta: { [V]: '2026-07-28', [I]: clientInfo, [C]: {} } };
const make = (method: string, params?: object): Message => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  ...(params ? { params } : {}),
});

/** What clients say at an opening, by what has been said before. */
const first = [make('initialize', hello), make('server/discover', envelope), make('tools/list', envelope)];
const later: [before: Message, then: Message[]][] = [
  [
    make('initialize', hello),
    [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      make('tools/list', {}),
      make('resources/list'),
      make('resources/templates/list', {}),
      make('prompts/list'),
      make('ping'),
      make('tools/list', envelope),
      ...first,
    ],
  ],
  [make('server/discover', envelope), [make('tools/list', envelope), make('tools/list'), make('ping'), ...first]],
  [make('tools/list', envelope), [make('prompts/list', envelope), make('tools/list', {}), make('ping'), ...first]],
];

const infos = [
  { ...clientInfo, title: 'A', websiteUrl: 'x', description: '' },
  { ...clientInfo, title: 5 },
  { name: 'a' },
  { name: 'a', version: 1 },
  { ...clientInfo, icons: [{ src: 'x' }] },
  { ...clientInfo, icons: 5 },
  'a',
  null,
];
const capabilities = [
  { elicitation: {} },
  { elicitation: { form: { applyDefaults: true }, url: {} }, sampling: {}, roots: { listChanged: true } },
  { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html'] } }, experimental: { a: {} } },
  { roots: { listChanged: 'yes' } },
  { roots: [] },
  { elicitation: { form: { applyDefaults: 1 } } },
  { elicitation: [] },
  { elicitation: { url: 'x' } },
  { sampling: { tools: 5 } },
  { sampling: 5 },
  { extensions: { a: 5 } },
  { experimental: [] },
  { tasks: { list: 5 } },
  { unheard: 'of' },
  [],
  null,
];
/** A message with something else at one place; `undefined` leaves the place out. */
const others: [path: string[], values: unknown[]][] = [
  [['jsonrpc'], ['1.0', 2, undefined]],
  [['id'], ['a', '', 0, -1, 1.5, null, {}, 2 ** 60, undefined]],
  [['method'], ['tools/call', 'no/such', 'notifications/cancelled', 5, undefined]],
  [['more'], [1]],
  [
    ['params'],
    [null, [], 'x', { cursor: 'x' }, { _meta: {} }, { _meta: { progressToken: 1 } }, { more: 1 }, undefined],
  ],
  [
    ['params', 'protocolVersion'],
    [...SUPPORTED_PROTOCOL_VERSIONS, '2026-07-28', '1999-01-01', '', 5, undefined],
  ],
  [
    ['params', 'clientInfo'],
    [...infos, undefined],
  ],
  [
    ['params', 'capabilities'],
    [...capabilities, undefined],
  ],
  [['params', 'cursor'], ['x']],
  [
    ['params', '_meta', V],
    ['2025-11-25', '2027-01-01', 5, undefined],
  ],
  [
    ['params', '_meta', I],
    [...infos, undefined],
  ],
  [
    ['params', '_meta', C],
    [...capabilities, undefined],
  ],
  [
    ['params', '_meta', 'progressToken'],
    [1, {}],
  ],
];
function changed(message: Message, [step = '', ...path]: string[], value: unknown): Message {
  const inner = path.length > 0 ? changed(message[step] as Message, path, value) : value;
  return { ...message, [step]: inner };
}
const has = (message: unknown, path: string[]): boolean =>
  path.length === 1 ||
  (Object.hasOwn(message as object, path[0] ?? '') && has((message as Message)[path[0] ?? ''], path.slice(1)));
const variants = (message: Message): Message[] => [
  message,
  ...others
    .filter(([path]) => has(message, path))
    .flatMap(([path, values]) => values.map(value => changed(message, path, value))),
];
const garbage = ['', 'hello', '[]', 'null', '\r', '{"jsonrpc":"2.0"'];
/** Whatever is said again gets an id of its own. */
const lined = (messages: readonly (Message | string)[]): string[] =>
  messages.map((one, n) =>
    typeof one === 'string' ? `${one}\n` : `${JSON.stringify(one.id === 1 ? { ...one, id: n + 1 } : one)}\n`,
  );

const anything = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...[...first, ...later.flatMap(([, then]) => then)]) },
  { weight: 2, arbitrary: fc.constantFrom(...[...first, ...later.flatMap(([, then]) => then)].flatMap(variants)) },
  { weight: 1, arbitrary: fc.constantFrom<Message | string>(...garbage) },
);

describe('the opening that is written down', () => {
  const same = async (which: number, said: readonly (Message | string)[]) => {
    const { house, say } = houses[which] as (typeof houses)[number];
    const lines = lined(said);
    expect(await heard(house, lines, say()), lines.join('')).toEqual(await heard(house, lines));
  };

  it('is what the server says to a first line, however it is changed', async () => {
    for (const line of [...first.flatMap(variants), ...garbage]) await same(2, [line]);
  });

  it.each(later)('is what the server says after %j to a second line, however it is changed', async (before, then) => {
    const changed = then.flatMap(one => (first.includes(one) ? [one] : variants(one)));
    for (const line of [...changed, ...garbage]) await same(2, [before, line]);
  });

  it('leaves to the server what depends on the extensions that a client knows', async () => {
    const extensions = { 'io.modelcontextprotocol/skills': {} };
    const knowing = changed(make('initialize', hello), ['params', 'capabilities'], { extensions });
    const now = changed(make('resources/list', envelope), ['params', '_meta', C], { extensions });
    await same(2, [knowing, make('resources/list'), make('tools/list')]);
    await same(2, [now, make('resources/list', envelope), now]);
    const say = houses[2]?.say();
    expect(lined([knowing, make('resources/list')]).map(line => say?.(line) !== undefined)).toEqual([true, false]);
  });

  it('is what the server says in any conversation and under any settings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(settings.length - 1), fc.array(anything, { minLength: 2, maxLength: 6 }), same),
      { numRuns: 60 },
    );
  });

  it.each(SUPPORTED_PROTOCOL_VERSIONS)('is what the server says to a client of %s, tools and all', async version => {
    // What the settings show, and which revision is spoken, have nothing to do with each other.
    for (const [which, { say }] of houses.entries()) {
      if (which !== 2 && version !== SUPPORTED_PROTOCOL_VERSIONS[0]) continue;
      const messages = [
        make('initialize', { ...hello, protocolVersion: version }),
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        make('tools/list', {}),
        make('prompts/list'),
        make('ping'),
      ];
      const talk = say();
      expect(lined(messages).map(line => talk(line) !== undefined)).toEqual(messages.map(() => true));
      await same(which, messages);
    }
  });
});

describe('both official clients open and list without the server', () => {
  const clients = {
    v1: () => new OldClient({ name: 'old', version: '1' }, { capabilities: { elicitation: {}, roots: {} } }),
    legacy: () => new ModernClient({ name: 'new', version: '1' }, { capabilities: { elicitation: {} } }),
    auto: () => new ModernClient({ name: 'new', version: '1' }, { versionNegotiation: { mode: 'auto' } }),
    modern: () =>
      new ModernClient({ name: 'new', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } }),
  };
  it.each(Object.keys(clients) as (keyof typeof clients)[])('%s', async which => {
    const client = clients[which]() as ModernClient;
    const say = opening(written, { vendors: ['scrip'], toolsets: 'core', twins: false });
    let unanswered = '';
    const transport = {
      onmessage: undefined as ((message: unknown) => void) | undefined,
      start: async () => {},
      close: async () => {},
      async send(message: object) {
        const said = say(JSON.stringify(message));
        if (!said) unanswered = JSON.stringify(message);
        const { reply } = said ?? {};
        if (reply) queueMicrotask(() => transport.onmessage?.(JSON.parse(reply.frame)));
      },
    };
    await client.connect(transport as never);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('scrip_trigger_automation');
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
    expect(client.getInstructions()?.length).toBeGreaterThan(100);
    expect(unanswered).toBe('');
    await client.close();
  });
});
