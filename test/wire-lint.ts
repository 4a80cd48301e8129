// The rules of the strictest MCP clients (schema-rules.md section 1), as a linter of one schema, of a tool, and of what a server publishes.

type Schema = Record<string, unknown>;
const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keywords that some client refuses, wherever they stand; what is not listed is allowed. */
const allowed = ['type', 'description', 'properties', 'required', 'items', 'enum'];
const types = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
/** Objects within objects; a list adds none. */
const DEPTH = 4;

/** What is wrong with it, one line each. */
export function lint(schema: unknown, where: string): string[] {
  if (!isObject(schema)) return [`${where} is no schema`];
  return [
    ...(schema.type === 'object' ? [] : [`${where} is not a plain object at the top`]),
    ...walk(schema, where, 0),
  ];
}

function walk(schema: unknown, where: string, depth: number): string[] {
  if (!isObject(schema)) return [`${where} is a boolean schema, or none`];
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${where} ${what}`);
  for (const key of Object.keys(schema)) if (!allowed.includes(key)) say(`has the keyword ${key}`);
  if (typeof schema.type !== 'string' || !types.includes(schema.type))
    say(`has the type ${JSON.stringify(schema.type)}`);
  if (depth > DEPTH) say(`is nested deeper than ${DEPTH}`);
  if ('description' in schema) {
    const { description } = schema;
    if (typeof description !== 'string' || description === '' || description.length > 1_000)
      say('has an odd description');
  }
  if ('enum' in schema) {
    const values = Array.isArray(schema.enum) ? schema.enum : [];
    if (values.length === 0 || schema.type !== 'string' || values.some(value => typeof value !== 'string'))
      say('has an enum that is not of strings');
    if (new Set(values).size !== values.length) say('has an enum with a value twice');
  }
  if (schema.type === 'array') {
    if (!isObject(schema.items)) say('is an array without items');
    else if (schema.items.type === 'array') say('is an array of arrays');
  }
  if ('items' in schema && schema.type !== 'array') say('has items and is no array');
  if ('items' in schema) wrong.push(...walk(schema.items, `${where}[]`, depth));
  if (schema.type === 'object') {
    if (!isObject(schema.properties)) say('is an object without properties');
  } else if ('properties' in schema || 'required' in schema) say('has properties and is no object');
  const properties = isObject(schema.properties) ? schema.properties : {};
  for (const [name, inner] of Object.entries(properties)) {
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) say(`has a property called ${JSON.stringify(name)}`);
    wrong.push(...walk(inner, `${where}.${name}`, depth + 1));
  }
  if ('required' in schema) {
    const { required } = schema;
    if (!Array.isArray(required) || required.length === 0) say('has an odd list of what is required');
    else
      for (const name of required)
        if (!Object.hasOwn(properties, name)) say(`requires ${name}, which it does not have`);
  }
  return wrong;
}

export interface Published {
  name: string;
  title?: string;
  description: string;
  inputSchema: unknown;
  outputSchema?: unknown;
  annotations?: Record<string, unknown>;
}

const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
/** The longest key under which a client's configuration names this server: with `mcp__` and two more it stays below 60 (rule 4). */
const SERVER_KEY = 12;

/** Rules 2 to 18, 21, 24 and 25, for one tool. */
export function lintTool({
  name,
  title = '',
  description,
  inputSchema,
  outputSchema,
  annotations = {},
}: Published): string[] {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${name} ${what}`);
  if (!/^[a-z][a-z0-9_]*$/.test(name)) say('has a name that not every client takes');
  if (name.length > 40 || SERVER_KEY + name.length + '__'.length > 60) say('has too long a name');
  if (title === '' || title.length > 60) say('has no fit title');
  if (description.trim() === '' || description.length > 1_000) say('has no fit description');
  for (const hint of hints) if (typeof annotations[hint] !== 'boolean') say(`does not say ${hint}`);
  if (annotations.readOnlyHint === true && annotations.destructiveHint === true) say('both only reads and destroys');
  wrong.push(...lint(inputSchema, `${name} in`));
  if (outputSchema !== undefined) {
    wrong.push(...lint(outputSchema, `${name} out`));
    const required = JSON.stringify(outputSchema).match(/"required":\[[^\]]*\]/g) ?? [];
    if (required.some(list => list !== '"required":["outcome"]')) say('asks for more than a refusal has');
  }
  return wrong;
}

/** The whole of what a server publishes: rules 8, 19, 20 and 26 besides those of each tool. */
export function lintList(tools: readonly Published[], instructions: string): string[] {
  const names = tools.map(({ name }) => name);
  return [
    ...tools.flatMap(lintTool),
    ...(tools.length === 0 ? ['there is no tool'] : []),
    ...(tools.length > 128 ? ['there are more tools than some clients take'] : []),
    ...(new Set(names).size < names.length ? ['a name is there twice'] : []),
    ...(names.join() === [...names].sort().join() ? [] : ['tools are not in the order of their names']),
    ...(instructions.length > 1_500 ? ['instructions are cut by some clients'] : []),
  ];
}

/** What each family of clients refuses by itself, of all the above; what it takes besides is its own affair. */
export const families: Record<string, (tool: Published) => string[]> = {
  /** One bad tool fails the whole request. */
  Claude: tool => [
    ...named(tool, /^[a-zA-Z0-9_-]{1,64}$/),
    ...has(tool, schema => ['anyOf', 'oneOf', 'allOf'].filter(key => key in schema), 'top'),
    ...keys(tool, /^[A-Za-z0-9_.-]{1,64}$/),
  ],
  /** Without `strict`; with it see `strictly`. */
  OpenAI: tool => [
    ...named(tool, /^[a-zA-Z0-9_-]{1,64}$/),
    ...(tool.description.length > 1_024 ? ['description'] : []),
    ...has(tool, schema => (schema.type === 'array' && !isObject(schema.items) ? ['items'] : [])),
    ...has(tool, schema => (schema.type === 'object' && !isObject(schema.properties) ? ['properties'] : [])),
  ],
  Gemini: tool => [
    ...named(tool, /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/),
    ...keys(tool, /^[A-Za-z0-9_]{1,64}$/),
    ...has(tool, schema =>
      ['$schema', '$ref', 'default', 'title', 'additionalProperties', 'const'].filter(key => key in schema),
    ),
    ...has(tool, schema =>
      ['anyOf', 'oneOf', 'allOf', 'prefixItems', 'patternProperties'].filter(key => key in schema),
    ),
    ...has(tool, schema => (Array.isArray(schema.type) ? ['type'] : [])),
    ...has(tool, schema => ('enum' in schema && schema.type !== 'string' ? ['enum'] : [])),
  ],
  /** Its gateways refuse every composition; tools whose name is too long with the server's are left out without a word. */
  Cursor: tool => [
    ...(SERVER_KEY + tool.name.length > 60 ? ['name'] : []),
    ...has(tool, schema => ['anyOf', 'oneOf', 'allOf', 'not', '$ref'].filter(key => key in schema)),
    ...has(tool, schema => (Array.isArray(schema.type) ? ['type'] : [])),
  ],
};

const named = ({ name }: Published, pattern: RegExp): string[] => (pattern.test(name) ? [] : ['name']);

/** Every schema of the tool's input, the one at the top first. */
function schemas(schema: unknown): Schema[] {
  if (!isObject(schema)) return [];
  const inner = [...(isObject(schema.properties) ? Object.values(schema.properties) : []), schema.items];
  return [schema, ...inner.flatMap(schemas)];
}
function has({ inputSchema }: Published, wrong: (schema: Schema) => string[], where?: 'top'): string[] {
  const all = schemas(inputSchema);
  return (where === 'top' ? all.slice(0, 1) : all).flatMap(wrong);
}
const keys = (tool: Published, pattern: RegExp): string[] =>
  has(tool, schema =>
    isObject(schema.properties) ? Object.keys(schema.properties).filter(key => !pattern.test(key)) : [],
  );

/**
 * The schema as OpenAI's strict mode wants it: closed, everything required, what is optional nullable, free-form objects as JSON text.
 * It is what a framework makes of ours. Null for what is left out is answered with the same call without it.
 */
export function strictly(schema: Schema): Schema {
  if (schema.type === 'array') return { ...schema, items: strictly(schema.items as Schema) };
  if (schema.type !== 'object') return schema;
  const properties = schema.properties as Record<string, Schema>;
  if (Object.keys(properties).length === 0)
    return { type: 'string', description: `${schema.description ?? ''} As JSON text.`.trim() };
  const required = (schema.required ?? []) as string[];
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => {
        const strict = strictly(inner);
        return [name, required.includes(name) ? strict : { ...strict, type: [strict.type, 'null'] }];
      }),
    ),
    required: Object.keys(properties),
    additionalProperties: false,
  };
}
