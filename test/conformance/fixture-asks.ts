// The part of the suite's server that asks its client: live requests of 2025-11-25, round trips of 2026-07-28.
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ElicitRequestFormParams,
  inputRequired,
  inputResponse,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod';

export interface Travelling {
  step: number;
}

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });

const form = (message: string, property: string, type = 'string') =>
  ({
    mode: 'form',
    message,
    requestedSchema: { type: 'object', properties: { [property]: { type } }, required: [property] },
  }) as ElicitRequestFormParams;
const sampling = (said: string, maxTokens = 100) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text: said } }],
  maxTokens,
});

/** What the client of one request of 2026-07-28 declared that it can be asked. */
const declared = (ctx: ServerContext): Record<string, unknown> => {
  const envelope = ctx.mcpReq.envelope as Record<string, Record<string, unknown>> | undefined;
  return envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? {};
};

const defaults = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};
const three = (make: (n: string, nth: string) => unknown) => [
  make('1', 'First'),
  make('2', 'Second'),
  make('3', 'Third'),
];
const enums = {
  untitledSingle: { type: 'string', enum: three(n => `option${n}`) },
  titledSingle: { type: 'string', oneOf: three((n, nth) => ({ const: `value${n}`, title: `${nth} Option` })) },
  legacyEnum: {
    type: 'string',
    enum: three(n => `opt${n}`),
    enumNames: ['Option One', 'Option Two', 'Option Three'],
  },
  untitledMulti: { type: 'array', items: { type: 'string', enum: three(n => `option${n}`) } },
  titledMulti: {
    type: 'array',
    items: { anyOf: three((n, nth) => ({ const: `value${n}`, title: `${nth} Choice` })) },
  },
};

export function asks(server: McpServer, codec: RequestStateCodec<Travelling>): void {
  live(server);
  rounds(server, codec);
}

function live(server: McpServer): void {
  const elicit = (name: string, properties: object) =>
    server.registerTool(name, { description: `Fixture: ${name}`, inputSchema: z.object({}) }, async (_, ctx) => {
      const requestedSchema = { type: 'object', properties, required: [] };
      const params = { mode: 'form', message: 'Please fill this in', requestedSchema } as unknown;
      const { action, content } = await ctx.mcpReq.elicitInput(params as ElicitRequestFormParams, {
        relatedRequestId: ctx.mcpReq.id,
      });
      return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content ?? {})}`);
    });
  elicit('test_elicitation_sep1034_defaults', defaults);
  elicit('test_elicitation_sep1330_enums', enums);

  server.registerTool(
    'test_elicitation',
    { description: 'Asks the user', inputSchema: z.object({ message: z.string() }) },
    async ({ message }, ctx) => {
      const field = (description: string) => ({ type: 'string' as const, description });
      const requestedSchema = {
        type: 'object' as const,
        properties: { username: field("User's response"), email: field("User's email address") },
        required: ['username', 'email'],
      };
      const { action, content } = await ctx.mcpReq.elicitInput(
        { mode: 'form', message, requestedSchema },
        { relatedRequestId: ctx.mcpReq.id },
      );
      return text(`User response: action: ${action}, content: ${JSON.stringify(content ?? {})}`);
    },
  );
  server.registerTool(
    'test_sampling',
    { description: 'Asks the model', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const { content } = await ctx.mcpReq.requestSampling(sampling(prompt), { relatedRequestId: ctx.mcpReq.id });
      return text(`LLM response: ${'text' in content ? content.text : JSON.stringify(content)}`);
    },
  );
}

function rounds(server: McpServer, codec: RequestStateCodec<Travelling>): void {
  const tool = (name: string, run: (ctx: ServerContext) => unknown) =>
    server.registerTool(`test_${name}`, { description: `Fixture: ${name}`, inputSchema: z.object({}) }, (async (
      _: object,
      ctx: ServerContext,
    ) => run(ctx)) as never);
  const answered = (ctx: ServerContext, key: string): unknown => {
    const view = inputResponse(ctx.mcpReq.inputResponses, key);
    return view.kind === 'missing' ? undefined : view;
  };
  const filled = (ctx: ServerContext, key: string): Record<string, unknown> | undefined => {
    const view = inputResponse(ctx.mcpReq.inputResponses, key);
    return view.kind === 'elicit' && view.action === 'accept' ? (view.content ?? {}) : undefined;
  };
  const state = (ctx: ServerContext): Travelling | undefined => ctx.mcpReq.requestState<Travelling>();

  tool('input_required_result_elicitation', ctx => {
    const name = filled(ctx, 'user_name')?.name;
    if (typeof name === 'string') return text(`Hello, ${name}!`);
    return inputRequired({ inputRequests: { user_name: inputRequired.elicit(form('What is your name?', 'name')) } });
  });
  tool('input_required_result_sampling', ctx => {
    const said = answered(ctx, 'capital_question');
    if (said) return text(JSON.stringify(said));
    const capital_question = inputRequired.createMessage(sampling('What is the capital of France?'));
    return inputRequired({ inputRequests: { capital_question } });
  });
  tool('input_required_result_list_roots', ctx => {
    const said = answered(ctx, 'client_roots');
    if (said) return text(JSON.stringify(said));
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });
  for (const name of ['input_required_result_request_state', 'input_required_result_tampered_state'])
    tool(name, async ctx => {
      if (state(ctx) && filled(ctx, 'confirm')) return text('state-ok');
      return inputRequired({
        inputRequests: { confirm: inputRequired.elicit(form('Please confirm', 'ok', 'boolean')) },
        requestState: await codec.mint({ step: 1 }, ctx),
      });
    });
  tool('input_required_result_multiple_inputs', async ctx => {
    const keys = ['user_name', 'greeting', 'client_roots'];
    if (state(ctx) && keys.every(key => answered(ctx, key))) return text('All three are here.');
    return inputRequired({
      inputRequests: {
        user_name: inputRequired.elicit(form('What is your name?', 'name')),
        greeting: inputRequired.createMessage(sampling('Generate a greeting', 50)),
        client_roots: inputRequired.listRoots(),
      },
      requestState: await codec.mint({ step: 1 }, ctx),
    });
  });
  tool('input_required_result_multi_round', async ctx => {
    const step = state(ctx)?.step ?? 0;
    if (step === 2 && filled(ctx, 'step2')) return text('Both steps are done.');
    const [next, message, field] =
      step === 1 && filled(ctx, 'step1')
        ? ([2, 'Step 2: What is your favorite color?', 'color'] as const)
        : ([1, 'Step 1: What is your name?', 'name'] as const);
    return inputRequired({
      inputRequests: { [`step${next}`]: inputRequired.elicit(form(message, field)) },
      requestState: await codec.mint({ step: next }, ctx),
    });
  });
  tool('input_required_result_capabilities', ctx => {
    const may = declared(ctx);
    const inputRequests = {
      ...(may.elicitation ? { user_name: inputRequired.elicit(form('What is your name?', 'name')) } : {}),
      ...(may.sampling ? { greeting: inputRequired.createMessage(sampling('Generate a greeting')) } : {}),
    };
    return Object.keys(inputRequests).length > 0 ? inputRequired({ inputRequests }) : text('Nothing can be asked.');
  });
  tool('streaming_elicitation', ctx => {
    if (filled(ctx, 'user_name')) return text('Thank you.');
    return inputRequired({ inputRequests: { user_name: inputRequired.elicit(form('What is your name?', 'name')) } });
  });
  // What it asks for is refused by the SDK where the client did not declare it.
  tool('missing_capability', () =>
    inputRequired({ inputRequests: { greeting: inputRequired.createMessage(sampling('Generate a greeting')) } }),
  );
  server.registerPrompt('test_input_required_result_prompt', { description: 'A prompt that asks first' }, (async (
    ctx: ServerContext,
  ) => {
    const context = filled(ctx, 'user_context')?.context;
    if (typeof context === 'string')
      return { messages: [{ role: 'user', content: { type: 'text', text: `Context: ${context}` } }] };
    const user_context = inputRequired.elicit(form('What context should the prompt use?', 'context'));
    return inputRequired({ inputRequests: { user_context } });
  }) as never);
}
