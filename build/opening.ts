// Writes down how the server opens a connection: asks the real one, over its own stdio transport, what it says in each era.
import { PassThrough } from 'node:stream';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { type Home, openHouse } from '../src/cli/house.ts';
import { shownBy } from '../src/cli/opening.ts';
import { readConfig } from '../src/config.ts';
import { mcpServers } from '../src/server/mcp.ts';
import { nameOf, type Written } from '../src/server/opening.ts';

const revision = '2026-07-28';
const client = { name: 'build', version: '1' };
// biome-ignore lint/suspicious/noExplicitAny: whatever the server says is written down
type Result = any;

const keys = {
  scrip: { SCRIP_API_KEY: 'sk_0123456789abcdef0123' },
  trustpager: { TRUSTPAGER_API_KEY: 'tp_live_0123456789abcdef' },
};
/** One environment for each way in which an opening can look. */
const environments = [{}, keys.scrip, keys.trustpager, { ...keys.scrip, ...keys.trustpager }].flatMap(env =>
  ['core', 'all'].map(toolsets => ({ ...env, AUTOMATIONS_TOOLSETS: toolsets, AUTOMATIONS_STATE_FOLDER: ':memory:' })),
);
/** Requests whose answers depend on these alone. */
const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
const METHODS = { legacy: ['initialize', ...LISTS, 'ping'], modern: ['server/discover', ...LISTS] };

const hello = { protocolVersion: SUPPORTED_PROTOCOL_VERSIONS[0], capabilities: {}, clientInfo: client };
const meta = { protocolVersion: revision, clientInfo: client, clientCapabilities: {} };
const envelope = {
  _meta: Object.fromEntries(Object.entries(meta).map(([name, value]) => [`io.modelcontextprotocol/${name}`, value])),
};

/** What a connection of its own answers to these, one after the other. */
async function* answers(
  house: Home,
  methods: readonly string[],
  params: (method: string) => object,
): AsyncGenerator<[string, Result]> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const servers = mcpServers(house);
  const handle = serveStdio(() => servers(), { transport: new StdioServerTransport(input, output as never) });
  const lines = output.setEncoding('utf8')[Symbol.asyncIterator]();
  for (const method of methods) {
    input.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: params(method) })}\n`);
    const { result } = JSON.parse(String((await lines.next()).value));
    if (!result) throw new Error(`${method} was not answered`);
    yield [method, result];
  }
  await handle.close();
}

/** A result in pieces, so that what several have in common is written once: each tool is one. */
function pieces({ protocolVersion: _, ...result }: Result): string[] {
  if (!Array.isArray(result.tools)) return [JSON.stringify(result)];
  const [before = '', after = ''] = JSON.stringify({ ...result, tools: ['here'] }).split('"here"');
  const tools = result.tools.map((tool: object, n: number) => `${n === 0 ? '' : ','}${JSON.stringify(tool)}`);
  return [before, ...tools, after];
}

/** `version`: the package's, which the server gives as its own. */
export async function writeDown(version: string): Promise<Written> {
  const texts: string[] = [];
  const indexOf = (text: string): number => (texts.includes(text) ? texts.indexOf(text) : texts.push(text) - 1);
  const results: Written['results'] = {};
  for (const env of environments) {
    const config = readConfig({}, env);
    const house = openHouse(config, version);
    const here: Record<string, number[]> = {};
    for await (const [method, result] of answers(house, METHODS.legacy, method =>
      method === 'initialize' ? hello : {},
    ))
      here[`legacy ${method}`] = pieces(result).map(indexOf);
    for await (const [method, result] of answers(house, METHODS.modern, () => envelope))
      here[`modern ${method}`] = pieces(result).map(indexOf);
    results[nameOf(shownBy(config))] = here;
    await house.close();
  }
  return { versions: SUPPORTED_PROTOCOL_VERSIONS.filter(one => one < revision), revision, results, texts };
}
