// The MCP side: one SDK server per connection or request, all over the same house. The tool list is made once.
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  createRequestStateCodec,
  inputRequired,
  inputResponse,
  type JsonSchemaValidator,
  type jsonSchemaValidator,
  ProtocolError,
  ProtocolErrorCode,
  type RequestStateCodec,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';
import { Failure } from '../errors.ts';
import { local, type Principal } from '../principal.ts';
import { type Asking, QUESTION } from './ask.ts';
import { type Caller, callTool, type Result } from './call.ts';
import { knownTo } from './gather.ts';
import type { House } from './house.ts';
import { keyFor } from './keys.ts';
import { masked } from './masked.ts';
import { asked, nearestTool } from './nearest.ts';
import { watched } from './observer.ts';
import { SKILLS, serveReading } from './reading.ts';
import type { Reader } from './resources.ts';
import { failed } from './result.ts';
import { instructions } from './texts.ts';
import { views } from './view.ts';

/** The SDK has checked the request by now, but would drop a key `__proto__` from the arguments; the tool's own schema is to see it. */
const callParams = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

/** The form: one required box, unticked. Some clients accept empty forms by themselves, so `accept` alone is not a yes. */
const form = {
  type: 'object' as const,
  properties: {
    confirm: {
      type: 'boolean' as const,
      title: 'Yes, do this',
      description: 'Tick to confirm. Nothing is sent otherwise.',
    },
  },
  required: ['confirm'],
};

/** What a form was filled in with is judged by ask.ts: one answer is a yes, and any other, of whatever shape, is a no. */
const asFilledIn: jsonSchemaValidator = {
  getValidator:
    <T>(): JsonSchemaValidator<T> =>
    data => ({ valid: true, data: data as T, errorMessage: undefined }),
};

interface Travelling {
  question: string;
}
type Codec = () => Promise<RequestStateCodec<Travelling>>;

/** Whoever authenticated the request says whose it is; over stdio nobody has to. */
function principalOf({ http }: ServerContext): Principal {
  const info = http?.authInfo;
  return info ? ((info.extra?.principal as Principal | undefined) ?? { id: info.clientId }) : local;
}

/** What travels through a client holds the question's id and nothing else, sealed with a key of the store. */
function lazyCodec(house: House): Codec {
  let codec: Promise<RequestStateCodec<Travelling>> | undefined;
  return () => {
    codec ??= keyFor(house.store, 'request state')
      .then(key =>
        createRequestStateCodec<Travelling>({
          key,
          ttlSeconds: 3_600,
          bind: ctx => `${ctx.mcpReq.method}\0${principalOf(ctx).id}`,
        }),
      )
      .catch(error => {
        // A store that could not be read may be readable the next time.
        codec = undefined;
        throw error;
      });
    return codec;
  };
}

/** Counts a call of a principal in, and gives what counts it out again; nothing where that principal has too many under way. */
export type Counting = (principal: string) => (() => void) | undefined;

/**
 * A factory of servers for one house. Each is made for one principal, and answers every request as the principal of that request. `count`
 * is for a transport that hands calls on as they come.
 */
export function mcpServers(house: House, count: Counting = () => () => {}): (principal?: Principal) => Server {
  const codec = lazyCodec(house);
  const viewOf = views(house);
  return (owner = local) => {
    const { connections } = viewOf(owner).house;
    const sandbox = connections.some(({ environment }) => environment === 'sandbox');
    const unasked = connections.filter(({ insecureAutoApprove }) => insecureAutoApprove).map(({ id }) => id);
    const server = new Server(
      { name: 'automations-mcp', title: 'Automations at Scrip and TrustPager', version: house.version },
      {
        capabilities: { tools: {}, prompts: {}, resources: {}, completions: {}, extensions: { [SKILLS]: {} } },
        instructions: instructions(sandbox, unasked),
        // The shim answers with a fixed error of its own at its timeout; questions of older clients are asked in ask.ts.
        inputRequired: { legacyShim: false },
        requestState: { verify: async (state, ctx) => (await codec()).verify(state, ctx) },
        jsonSchemaValidator: asFilledIn,
        cacheHints: {
          'tools/list': { ttlMs: 300_000, cacheScope: 'private' },
          'prompts/list': { ttlMs: 300_000, cacheScope: 'private' },
          'resources/templates/list': { ttlMs: 300_000, cacheScope: 'private' },
          // It grows with what the caller has met.
          'resources/list': { ttlMs: 10_000, cacheScope: 'private' },
          'resources/read': { ttlMs: 0, cacheScope: 'private' },
        },
      },
    );
    server.setRequestHandler('tools/list', (_, ctx) => ({ tools: viewOf(principalOf(ctx)).list }));
    const call = async (params: z.output<typeof callParams>, ctx: ServerContext): Promise<Result> => {
      const principal = principalOf(ctx);
      const { house: theirs } = viewOf(principal);
      const tool = theirs.tools.get(params.name);
      if (!tool)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `Unknown tool ${asWritten(house, params.name)}; did you mean ${house.redact(asked(nearestTool(theirs.tools, params.name, params.arguments, knownTo(theirs, principal.id))))}?`,
        );
      const over = count(principal.id);
      if (!over) return failed(tooMany);
      try {
        const caller = callerOf(house, server, ctx, { principal: principal.id, codec });
        return redacted(house, await callTool(theirs, tool, params.arguments, caller));
      } finally {
        over();
      }
    };
    const watchedCall = (params: z.output<typeof callParams>, ctx: ServerContext): Promise<Result> =>
      watched(house, { server, ctx, tool: params.name, principal: principalOf(ctx).id }, () => call(params, ctx));
    server.setRequestHandler('tools/call', { params: callParams }, watchedCall);
    const readerOf = (ctx: ServerContext): Reader => ({
      house: viewOf(principalOf(ctx)).house,
      principal: principalOf(ctx).id,
      client: clientName(clientOf(server, ctx).info),
      skills: clientOf(server, ctx).capabilities?.extensions?.[SKILLS] !== undefined,
      call: (name, args) => watchedCall({ name, arguments: args }, ctx),
    });
    serveReading(server, readerOf);
    server.onerror = error => house.log.warn({ err: error }, 'protocol error');
    return server;
  };
}

/** What the client says of itself, with each request where the request carries it; never remembered across connections. */
function clientOf(server: Server, ctx: ServerContext) {
  const envelope = ctx.mcpReq.envelope as Record<string, unknown> | undefined;
  const modern = envelope?.[CLIENT_CAPABILITIES_META_KEY] !== undefined;
  const capabilities = modern ? envelope?.[CLIENT_CAPABILITIES_META_KEY] : server.getClientCapabilities();
  const info = modern ? envelope?.[CLIENT_INFO_META_KEY] : server.getClientVersion();
  return {
    modern,
    capabilities: capabilities as { elicitation?: object; extensions?: Record<string, unknown> } | undefined,
    info: info as { name?: unknown } | undefined,
  };
}

const clientName = (info: { name?: unknown } | undefined): string =>
  typeof info?.name === 'string' ? info.name.replace(/\p{C}/gu, '').slice(0, 64) : 'unnamed';

/** Who calls. */
function callerOf(
  house: House,
  server: Server,
  ctx: ServerContext,
  { principal, codec }: { principal: string; codec: Codec },
): Caller {
  const { modern, capabilities, info } = clientOf(server, ctx);
  const elicitation = capabilities?.elicitation;
  // `elicitation: {}` means forms; a client that names only other modes has none.
  const forms = elicitation !== undefined && (Object.keys(elicitation).length === 0 || 'form' in elicitation);
  return {
    principal,
    client: clientName(info),
    signal: ctx.mcpReq.signal,
    ...progressOf(house, ctx),
    asking: !forms ? { way: 'none' } : modern ? roundTrip(ctx, codec) : live(ctx),
  };
}

/** Progress must increase, so a look that saw no step forward says nothing. */
function progressOf(house: House, ctx: ServerContext): Pick<Caller, 'progress'> {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return {};
  let last = -1;
  return {
    progress(done, total, message) {
      if (done <= last) return;
      last = done;
      const params = {
        progressToken,
        progress: done,
        ...(total === undefined ? {} : { total }),
        message: house.redact(message),
      };
      ctx.mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {});
    },
  };
}

function roundTrip(ctx: ServerContext, codec: Codec): Asking {
  const state = ctx.mcpReq.requestState<Travelling>();
  const view = inputResponse(ctx.mcpReq.inputResponses, 'confirm');
  return {
    way: 'round_trip',
    pose: async (question, shown) =>
      inputRequired({
        inputRequests: { confirm: inputRequired.elicit({ message: shown, requestedSchema: form }) },
        requestState: await (await codec()).mint({ question }, ctx),
      }),
    ...(typeof state?.question === 'string' && view.kind === 'elicit'
      ? { answer: { id: state.question, action: view.action, content: view.content } }
      : {}),
  };
}

const live = (ctx: ServerContext): Asking => ({
  way: 'live',
  elicit: (message, timeout, question) =>
    // Over HTTP it goes out on the answer of this very call: without its id it would need a stream that not every client opens.
    ctx.mcpReq.elicitInput(
      { mode: 'form', message, requestedSchema: form, _meta: { [QUESTION]: question } },
      { timeout, relatedRequestId: ctx.mcpReq.id },
    ),
});

const tooMany = new Failure('not_sent', 'rate_limited', 'Too many calls are under way.', {
  next: 'Wait until some of them have answered, then call again.',
});

/** A name that a client wrote, as it may be repeated to it. */
const asWritten = ({ redact }: House, name: string): string => JSON.stringify(redact(name).slice(0, 64));

/** The last hop: no known secret leaves in any string of a result; the sealed state goes as it is. */
function redacted({ redact }: House, result: Result): Result {
  if (!('requestState' in result) || result.requestState === undefined) return masked(result, redact);
  const { requestState, ...rest } = result;
  return { ...masked(rest, redact), requestState } as Result;
}
