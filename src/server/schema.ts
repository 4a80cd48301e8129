// What a client receives of a tool: its words, and schemas as plain objects that the strictest clients accept (schema-rules.md section 1).
import * as z from 'zod';
import { type Outcome, outcomes } from '../errors.ts';
import type { Tool } from '../tool.ts';
import type { JsonObject } from '../vendors/types.ts';

/** The names of the tools that are served together; what names another is not said. */
export type Offered = { has(name: string): boolean };
export const everything: Offered = { has: () => true };

/** Words that have the shape of a tool's name. */
const named = /\b(?:(?:scrip|trustpager)_[a-z_]+|plan_call|watch_run|list_connections)\b/g;

/** The text without the sentences that name a tool which is not served: an agent would look for it in vain. */
export const sayable = (text: string, offered: Offered): string =>
  text
    .split(/(?<=\.) (?=\S)/)
    .filter(sentence => (sentence.match(named) ?? []).every(name => offered.has(name)))
    .join(' ');

export const description = ({ words }: Tool, offered: Offered = everything): string =>
  [words.what, words.when, words.not, words.touches, words.next]
    .map(part => sayable(part ?? '', offered))
    .filter(Boolean)
    .join(' ');

export type PlainSchema = { type: 'object'; properties: Record<string, JsonObject>; required?: string[] };

/** Keywords that some client refuses, or that only repeat what the server checks; bounds an agent must know stand in the prose. */
const dropped = new Set([
  '$schema',
  '$id',
  'title',
  'default',
  'pattern',
  'format',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'propertyNames',
  'additionalProperties',
  'examples',
]);
const unions = ['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref', 'prefixItems', 'const'];

function project(schema: Record<string, unknown>, where: string, offered: Offered): Record<string, unknown> {
  const union = unions.find(keyword => keyword in schema);
  if (union === 'const')
    return { type: typeof schema.const, ...(typeof schema.const === 'string' ? { enum: [schema.const] } : {}) };
  if (union) throw new Error(`${where}: ${union} does not go on the wire`);
  if (Array.isArray(schema.type)) throw new Error(`${where}: a list of types does not go on the wire`);
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (dropped.has(key)) continue;
    if (key === 'properties')
      out.properties = Object.fromEntries(
        Object.entries(value as Record<string, Record<string, unknown>>)
          .filter(([, inner]) => inner.unpublished !== true)
          .map(([name, inner]) => [name, project(inner, `${where}.${name}`, offered)]),
      );
    else if (key === 'items') out.items = project(value as Record<string, unknown>, `${where}[]`, offered);
    else if (key === 'description') {
      const said = sayable(String(value), offered);
      if (said) out.description = said;
    } else out[key] = value;
  }
  if (out.type === 'object' && !out.properties) out.properties = {};
  if (out.type === 'object' && Array.isArray(out.required) && out.required.length === 0) delete out.required;
  return out;
}

/** A free-form value inside an object's values is JSON of any kind; the object itself says so by having no properties. */
const json = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, {
    io,
    reused: 'inline',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema._zod.def.type === 'record')
        for (const key of Object.keys(jsonSchema)) if (key !== 'type' && key !== 'description') delete jsonSchema[key];
    },
  }) as Record<string, unknown>;

export function inputSchema(tool: Tool, offered: Offered = everything): PlainSchema {
  const schema = json(tool.input, 'input');
  delete schema.$defs;
  return project(schema, tool.name, offered) as unknown as PlainSchema;
}

/** What can come of reading at a vendor; `watch_run` also tells what came of a write. */
const reading: Outcome[] = ['done', 'denied', 'not_sent'];

/** Every result has `outcome`; everything else is there only when it is known, so that refusals satisfy the schema too. */
export function outputSchema(tool: Tool): PlainSchema {
  const schema = json(tool.output, 'output');
  delete schema.$defs;
  const { properties } = project(schema, tool.name, everything) as unknown as PlainSchema;
  return {
    type: 'object',
    properties: {
      outcome: { type: 'string', enum: tool.kind === 'read' && tool.vendor !== 'common' ? reading : [...outcomes] },
      code: { type: 'string' },
      ...(tool.kind === 'write' ? { intent_id: { type: 'string' }, approval_id: { type: 'string' } } : {}),
      ...strip(properties),
    },
    required: ['outcome'],
  };
}

/** Nested `required` would make a client refuse a result that leaves out what a vendor left out. */
function strip(properties: Record<string, JsonObject>): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const { required: _, ...schema } = value;
      if (schema.properties) schema.properties = strip(schema.properties as Record<string, JsonObject>);
      if (schema.items) schema.items = strip({ items: schema.items as JsonObject }).items ?? {};
      return [name, schema];
    }),
  );
}
