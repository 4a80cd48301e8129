// Rules 1 to 16 of the strictest MCP clients (schema-rules.md section 1), as a linter of one published schema.

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
