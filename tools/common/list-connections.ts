// Shows which accounts this server speaks for, and how a person will be asked.
import * as z from 'zod';
import { commonTool, unpublished } from '../../src/tool.ts';
import { quote } from '../../src/vendors/text.ts';
import { present } from '../words.ts';

export default commonTool({
  name: 'list_connections',
  title: 'List connections',
  words: {
    what: 'List the Scrip and TrustPager accounts this server speaks for: real or built-in twin, scopes, Scrip’s programs with their ids, credits left, and how a person will be asked.',
    when: 'Call it first, and when an account or a program must be named.',
    not: 'Scrip’s automations are in scrip_list_automations. TrustPager’s are in trustpager_list_automations.',
    touches: 'Free; only reads.',
  },
  toolset: 'core',
  input: z.strictObject({}),
  output: z.object({
    connections: z.array(
      z.object({
        id: z.string(),
        vendor: z.string(),
        environment: z.string(),
        scopes: unpublished(z.string()),
        programs: z
          .array(z.object({ id: z.string(), name: z.string(), default: unpublished(z.boolean().optional()) }))
          .optional(),
        credits_left: z.number().optional(),
        insecure_auto_approve: z.boolean().optional(),
      }),
    ),
    asking: unpublished(z.string()),
  }),
  async read(_input, use) {
    const { connections, asking } = await use.connections();
    return {
      headline: connections
        .map(
          ({ id, environment }) =>
            `${id} (${environment === 'sandbox' ? 'built-in twin, nothing real' : 'production'})`,
        )
        .join(', '),
      fields: {
        connections: connections.map(connection =>
          present({
            ...connection,
            scopes: Array.isArray(connection.scopes) ? connection.scopes.join(', ') || 'none' : connection.scopes,
          }),
        ),
        asking,
      },
      lines: [
        ...connections.flatMap(({ id, scopes, programs, credits_left, insecure_auto_approve }) => [
          `${id}: scopes ${Array.isArray(scopes) ? scopes.join(', ') || 'none' : scopes}${credits_left === undefined ? '' : `, ${credits_left} credits left`}`,
          ...(insecure_auto_approve ? [`${id}: insecure_auto_approve is on, so most calls ask nobody`] : []),
          ...(programs ?? []).map(
            program => `${id} program ${program.id} ${quote(program.name)}${program.default ? ' (default)' : ''}`,
          ),
        ]),
        `asking: ${asking}`,
      ],
    };
  },
});
