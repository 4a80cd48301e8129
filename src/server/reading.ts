// Everything a server offers besides tools: prompts, resources, completions, skills. What answers is loaded by the first request that wants it.
import { ProtocolError, ProtocolErrorCode, type Server, type ServerContext } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { masked } from './masked.ts';
import type { Reader } from './resources.ts';
import { promptsFor, promptText, vendorArguments } from './texts.ts';

/** The extension of Agent Skills (SEP-2640). It is declared to everybody, and means nothing to whoever does not know it. */
export const SKILLS = 'io.modelcontextprotocol/skills';

const wrong = (message: string): ProtocolError => new ProtocolError(ProtocolErrorCode.InvalidParams, message);

const vendorsOf = ({ house }: Reader): string[] => [...new Set(house.connections.map(({ vendor }) => vendor))];

export function serveReading(server: Server, readerOf: (ctx: ServerContext) => Reader): void {
  const resources = () => import('./resources.ts');
  server.setRequestHandler('resources/list', async (_, ctx) => (await resources()).resourceList(readerOf(ctx)));
  server.setRequestHandler('resources/templates/list', async () => (await resources()).templateList());
  server.setRequestHandler('resources/read', async ({ params }, ctx) => {
    const reader = readerOf(ctx);
    return masked(await (await resources()).readResource(reader, params.uri), reader.house.redact);
  });
  server.setRequestHandler('completion/complete', async ({ params }, ctx) => {
    const reader = readerOf(ctx);
    return masked(await (await import('./completions.ts')).complete(reader, params), reader.house.redact);
  });

  server.setRequestHandler('prompts/list', (_, ctx) => ({
    prompts: promptsFor(vendorsOf(readerOf(ctx)).length).map(({ both: _, ...prompt }) => prompt),
  }));
  server.setRequestHandler('prompts/get', ({ params }, ctx) => {
    const reader = readerOf(ctx);
    const { house } = reader;
    const vendors = vendorsOf(reader);
    const asWritten = (text: string): string => JSON.stringify(house.redact(text).slice(0, 64));
    const prompt = promptsFor(vendors.length).find(({ name }) => name === params.name);
    if (!prompt) throw wrong(`Unknown prompt ${asWritten(params.name)}.`);
    const given = params.arguments ?? {};
    for (const { name, required } of prompt.arguments) {
      if (required && !given[name]) throw wrong(`The prompt ${prompt.name} needs the argument "${name}".`);
      if (vendorArguments.includes(name) && !vendors.includes(given[name] ?? ''))
        throw wrong(`${name} is ${vendors.join(' or ')}, not ${asWritten(given[name] ?? '')}.`);
    }
    const text = promptText(prompt.name, masked(given, house.redact), house.tools);
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
    };
  });

  /** What lists carry from 2026-07-28 on; the SDK adds it to the methods that it knows. */
  const kept = (ctx: ServerContext) =>
    ctx.mcpReq.envelope === undefined ? {} : { ttlMs: 300_000, cacheScope: 'private' as const };
  const skills = async (ctx: ServerContext) => {
    const reader = readerOf(ctx);
    return (await import('./skills.ts')).skillEntries(vendorsOf(reader).length, reader.house.tools);
  };
  server.setRequestHandler('skills/list', { params: z.looseObject({}) }, async (_, ctx) => ({
    skills: await skills(ctx),
    ...kept(ctx),
  }));
  server.setRequestHandler('skills/get', { params: z.looseObject({ uri: z.string() }) }, async ({ uri }, ctx) => {
    const skill = (await skills(ctx)).find(candidate => candidate.uri === uri);
    if (!skill) throw wrong('No skill is served at that address.');
    return { skill, ...kept(ctx) };
  });
}
