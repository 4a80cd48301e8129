// The tools that are offered for a set of accounts, and how a client is told of them.
import * as z from 'zod';
import { hints, type Tool } from '../tool.ts';
import type { Connection } from './house.ts';
import { description, inputSchema, outputSchema } from './schema.ts';

export type Toolset = 'core' | 'authoring' | 'all';

/**
 * Those of the vendors there are accounts of, in the toolset asked for; core is in all of them. Where a vendor has several accounts its
 * tools take one more argument, and a call must name one; with a single account the argument is not there at all.
 */
export function offered(
  catalogue: readonly Tool[],
  connections: readonly Connection[],
  toolset: Toolset,
): Map<string, Tool> {
  const ids = (vendor: Tool['vendor']): string[] =>
    connections.filter(connection => vendor === 'common' || connection.vendor === vendor).map(({ id }) => id);
  const several = (vendor: Tool['vendor']): boolean => ids(vendor).length > 1;
  const anySeveral = several('scrip') || several('trustpager');
  return new Map(
    catalogue
      .filter(tool => ids(tool.vendor).length > 0 && (toolset !== 'core' || tool.toolset === 'core'))
      .map(tool => {
        const account = z.enum(ids(tool.vendor)).describe('Account, from list_connections.');
        if (tool.vendor !== 'common' && several(tool.vendor))
          return [tool.name, { ...tool, input: tool.input.extend({ connection: account }) }];
        if (tool.name === 'watch_run' && anySeveral)
          return [tool.name, { ...tool, input: tool.input.extend({ connection: account.optional() }) }];
        return [tool.name, tool];
      }),
  );
}

/** What a client receives, by name: the order never depends on the caller. */
export const toolList = (tools: ReadonlyMap<string, Tool>) =>
  [...tools.values()]
    .map(tool => ({
      name: tool.name,
      title: tool.title,
      description: description(tool, tools),
      inputSchema: inputSchema(tool, tools),
      outputSchema: outputSchema(tool),
      annotations: { title: tool.title, ...hints(tool) },
      ...('view' in tool && tool.view ? { _meta: { ui: { resourceUri: `ui://automations-mcp/${tool.view}` } } } : {}),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
