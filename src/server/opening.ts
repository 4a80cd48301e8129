// How a connection opens, answered from what was written down when the package was built: a client hears who this is and which tools
// there are before anything is loaded that makes calls. Only what has one possible answer is answered here; the rest is the server's.

type Era = 'legacy' | 'modern';

/** What the settings let a client see of the server before it calls anything. */
export interface Shown {
  /** Those whose tools are offered. */
  vendors: readonly ('scrip' | 'trustpager')[];
  toolsets: 'core' | 'authoring' | 'all';
  twins: boolean;
}
/** Settings with the same name open the same. */
export const nameOf = ({ vendors, toolsets, twins }: Shown): string =>
  [...(twins ? ['twins'] : vendors), toolsets === 'core' ? 'core' : 'all'].join(' ');

/** Results as the server itself gives them, in JSON. */
export interface Written {
  /** Revisions that open with `initialize`, the one that is offered to others first. */
  versions: string[];
  /** The one that opens with an envelope in every request. */
  revision: string;
  /** By the name of what is shown, then by `<era> <method>`: which texts make up the result. That of `initialize` is without its version. */
  results: Record<string, Record<string, number[]>>;
  texts: string[];
}

/** What a value must look like to be surely right; what is not described here may be right too, and the server tells. */
type Shape = 'text' | 'flag' | 'object' | 'objects' | { [key: string]: Shape };

type Fields = Record<string, unknown>;
const record = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'text') return typeof value === 'string';
  if (shape === 'flag') return typeof value === 'boolean';
  if (!record(value)) return false;
  if (shape === 'object') return true;
  return Object.entries(value).every(([key, inner]) =>
    shape === 'objects' ? record(inner) : Object.hasOwn(shape, key) && fits(inner, shape[key] as Shape),
  );
}

const info: Shape = { name: 'text', version: 'text', title: 'text', websiteUrl: 'text', description: 'text' };
const capabilities: Shape = {
  roots: { listChanged: 'flag' },
  sampling: { context: 'object', tools: 'object' },
  elicitation: { form: { applyDefaults: 'flag' }, url: 'object' },
  extensions: 'objects',
  experimental: 'objects',
};
const helloShape: Shape = { protocolVersion: 'text', clientInfo: info, capabilities };

const [VERSION, INFO, CAPABILITIES] = ['protocolVersion', 'clientInfo', 'clientCapabilities'].map(
  name => `io.modelcontextprotocol/${name}`,
) as [string, string, string];
const envelopeShape: Shape = { _meta: { [VERSION]: 'text', [INFO]: info, [CAPABILITIES]: capabilities } };

const named = (client: unknown): boolean => record(client) && 'name' in client && 'version' in client;

/** What is said to one line of a client. */
export interface Said {
  /** A frame without its end of line; absent where a notice wants none. */
  reply?: { id: string | number; frame: string };
  /** Whether the server must hear of this line when it takes over, because it then answers differently. */
  heard: boolean;
}

/** Looks at one connection's lines in turn. Nothing for a line that the server itself must answer, and all that follow it. */
export function opening(written: Written, shown: Shown): (line: string) => Said | undefined {
  const results = written.results[nameOf(shown)] ?? {};
  const result = (era: Era, method: unknown): string | undefined =>
    results[`${era} ${method}`]?.map(index => written.texts[index]).join('');
  /** The same, where what the client can do makes no difference: skills are among the resources of those that know them. */
  const listed = (era: Era, method: unknown, extensions: unknown): string | undefined =>
    method === 'resources/list' && extensions !== undefined ? undefined : result(era, method);
  let settled: Era | undefined;
  let told: Fields = {};

  function hello(params: Fields): string | undefined {
    const asked = params.protocolVersion;
    if (!fits(params, helloShape) || typeof asked !== 'string' || !named(params.clientInfo) || !params.capabilities)
      return undefined;
    settled = 'legacy';
    told = params.capabilities as Fields;
    const version = written.versions.includes(asked) ? asked : written.versions[0];
    return `{"protocolVersion":${JSON.stringify(version)},${result('legacy', 'initialize')?.slice(1)}`;
  }

  /** The result's text, and whether the server must hear of it. */
  function resultOf(method: unknown, params: Fields): [text: string | undefined, heard: boolean] {
    if (method === 'initialize') return [settled === undefined ? hello(params) : undefined, true];
    if (settled === 'legacy') return [fits(params, {}) ? listed('legacy', method, told.extensions) : undefined, false];
    const meta = params._meta;
    if (!fits(params, envelopeShape) || !record(meta) || meta[VERSION] !== written.revision) return [undefined, false];
    if (!named(meta[INFO]) || !meta[CAPABILITIES]) return [undefined, false];
    if (method === 'server/discover') return [settled === undefined ? result('modern', method) : undefined, true];
    // The first request after the discovery settles the era.
    const heard = settled === undefined;
    settled = 'modern';
    return [listed('modern', method, (meta[CAPABILITIES] as Fields).extensions), heard];
  }

  return line => {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return undefined;
    }
    if (!record(message)) return undefined;
    const { jsonrpc, id, method, params = {}, ...more } = message;
    if (jsonrpc !== '2.0' || !record(params) || Object.keys(more).length > 0) return undefined;
    if (!('id' in message))
      return settled === 'legacy' && method === 'notifications/initialized' && fits(params, {})
        ? { heard: true }
        : undefined;
    if (typeof id !== 'string' && !(typeof id === 'number' && Number.isSafeInteger(id))) return undefined;
    const [text, heard] = resultOf(method, params);
    if (text === undefined) return undefined;
    return { reply: { id, frame: `{"result":${text},"jsonrpc":"2.0","id":${JSON.stringify(id)}}` }, heard };
  };
}
