// What a client may read besides tools: automations and their runs, the policy as it stands for this caller, what was spent, and the views. Each reading at a vendor is a call of the tool that reads it.
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import { spent } from '../ledger/spend.ts';
import { APP, appPage, apps } from './apps.ts';
import type { Result } from './call.ts';
import { accountKey } from './gather.ts';
import type { Connection, House } from './house.ts';
import { noteRead } from './judge.ts';
import { skillEntries, skillFile } from './skills.ts';

/** Whoever reads, with the house as it is for them. */
export interface Reader {
  house: House;
  principal: string;
  client: string;
  /** Whether the client says that it knows Agent Skills. */
  skills: boolean;
  /** Calls a tool as `tools/call` does. */
  call(tool: string, args: Record<string, unknown>): Promise<Result>;
}

/** Under which the audit has what no tool reads. */
const METHOD = 'resources/read';
const POLICY = 'automations-mcp://policy';
const SPEND = 'automations-mcp://spend';
const MARKDOWN = 'text/markdown';
/** As many as are listed at most. */
const MOST = 100;
const DAYS = 30;

export const vendorsOf = ({ connections }: Pick<House, 'connections'>): number =>
  new Set(connections.map(({ vendor }) => vendor)).size;

/** The accounts that a caller has met automations of, the latest first. Nothing is read for it. */
const met = ({ house, principal }: Reader) =>
  house.connections.flatMap(connection =>
    house.seen.met(accountKey(principal, connection)).map(row => ({ ...row, connection })),
  );

const addressOf = (connection: Connection, id: string): string =>
  `automation://${encodeURIComponent(connection.id)}/${encodeURIComponent(id)}`;

/** Listing costs no request: automations are in it once the caller has met them, and the templates lead to all others. */
export function resourceList(reader: Reader) {
  const { house, skills } = reader;
  const fixed = [
    { uri: POLICY, name: 'policy', title: 'Policy as it stands', mimeType: 'application/json' },
    { uri: SPEND, name: 'spend', title: `Spent in the last ${DAYS} days`, mimeType: MARKDOWN },
    ...apps.map(({ uri, name, title }) => ({ uri, name, title, mimeType: APP })),
    ...(skills
      ? skillEntries(vendorsOf(house), house.tools).map(({ uri, frontmatter }) => ({
          uri,
          ...frontmatter,
          mimeType: MARKDOWN,
        }))
      : []),
  ];
  const automations = met(reader)
    .slice(0, MOST - fixed.length)
    .map(({ id, name, connection }) => ({
      uri: addressOf(connection, id),
      name: name || id,
      description: `Automation at ${connection.id}.`,
      mimeType: MARKDOWN,
    }));
  return { resources: [...fixed, ...automations] };
}

export const templateList = () => ({
  resourceTemplates: [
    {
      uriTemplate: 'automation://{connection}/{id}',
      name: 'automation',
      title: 'Automation',
      description: 'One automation as its get tool reads it; connection is an account of list_connections.',
      mimeType: MARKDOWN,
    },
    {
      uriTemplate: 'automation://{connection}/{id}/runs',
      name: 'automation_runs',
      title: 'Runs of an automation',
      description: 'What it did lately, the latest first.',
      mimeType: MARKDOWN,
    },
  ],
});

export async function readResource(reader: Reader, uri: string) {
  const { house } = reader;
  const app = apps.find(candidate => candidate.uri === uri);
  const one = (mimeType: string, text: string, _meta?: Record<string, unknown>) => ({
    contents: [{ uri, mimeType, text, ...(_meta ? { _meta } : {}) }],
  });
  if (app) return one(APP, appPage(app.name), { ui: { prefersBorder: true } });
  const skill = uri.startsWith('skill://') ? skillFile(vendorsOf(house), house.tools, uri) : undefined;
  if (skill !== undefined) return one(MARKDOWN, skill);
  if (uri === POLICY) return one('application/json', await noted(reader, uri, policyOf(reader)));
  if (uri === SPEND) return one(MARKDOWN, await noted(reader, uri, spendOf(reader)));
  return one(MARKDOWN, await automationOf(reader, uri));
}

/** What this server tells of itself is on record, as any reading is. */
async function noted({ house, principal, client }: Reader, uri: string, text: Promise<string>): Promise<string> {
  const said = await text;
  noteRead(house, { tool: METHOD, principal, client, arguments: { uri } }, { outcome: 'done' });
  return house.redact(said);
}

/** A part of an address, or what cannot be one. */
function part(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '');
  } catch {
    return '';
  }
}

/** Names are the vendor's: no link and no picture comes of one, where a client draws Markdown. */
const plainMarkdown = (text: string): string => text.replaceAll('](', '] (');

async function automationOf(reader: Reader, uri: string): Promise<string> {
  const [, at, id, runs] = /^automation:\/\/([^/?#]+)\/([^/?#]+)(\/runs)?$/.exec(uri) ?? [];
  const connection = reader.house.connections.find(candidate => candidate.id === part(at));
  if (!connection) throw new ResourceNotFoundError(uri);
  const name = `${connection.vendor}_${runs ? 'list_runs' : 'get_automation'}`;
  const tool = reader.house.tools.get(name);
  if (!tool) throw new ResourceNotFoundError(uri);
  const result = (await reader.call(name, {
    automation_id: part(id),
    ...(runs && 'limit' in tool.input.shape ? { limit: 20 } : {}),
    ...('connection' in tool.input.shape ? { connection: connection.id } : {}),
    // What only reads asks nobody, so this is no question.
  })) as CallToolResult;
  const [first] = result.content;
  const [headline = '', ...lines] = first?.type === 'text' ? first.text.split('\n') : [];
  if (result.isError !== true) return plainMarkdown(`# ${headline}\n\n${lines.map(line => `- ${line}`).join('\n')}\n`);
  const { outcome, code } = result.structuredContent as { outcome: string; code: string };
  if (code === 'not_found') throw new ResourceNotFoundError(uri);
  const wrong = code === 'invalid_input' ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  throw new ProtocolError(wrong, [headline, ...lines].join(' ').slice(0, 1_000), { outcome, code });
}

/**
 * The operator's settings as they bear on this caller. The conditions of rules are told to whoever started the program; others may learn
 * from them of accounts and people that are not theirs.
 */
async function policyOf({ house, principal }: Reader): Promise<string> {
  const { policy, narrowed = {} } = house;
  const mine = new Set(house.connections.map(({ id }) => id));
  const stop = await house.store.stopped();
  return house.redactedJson({
    version: house.policyVersion,
    ...(stop === undefined ? {} : { stopped: stop }),
    read_only: policy.readOnly || narrowed.readOnly === true,
    no_spend: policy.noSpend || narrowed.noSpend === true,
    ...(narrowed.scopes ? { scopes_left: narrowed.scopes } : {}),
    asked_outside_the_client_from: policy.humanAbove,
    zone: policy.zone,
    accounts: house.connections.map(({ id, vendor, environment, scopes }) => ({
      id,
      vendor,
      environment,
      scopes: scopes ?? (vendor === 'scrip' ? 'unlimited' : 'not declared'),
    })),
    budgets: policy.budgets.filter(
      budget =>
        (budget.connection === undefined || mine.has(budget.connection)) &&
        (budget.principal === undefined || budget.principal === principal),
    ),
    unknown_counts_as: policy.unknownCountsAs,
    ...(policy.keepCredits === undefined ? {} : { keep_credits: policy.keepCredits }),
    rules: policy.rules.map(({ name, verdict, reason, when, approver, ceilings }) => ({
      name,
      verdict,
      ...(principal === 'local' ? { when } : {}),
      ...(reason ? { reason } : {}),
      ...(approver ? { approver } : {}),
      ...(ceilings ? { ceilings_a_day: ceilings } : {}),
    })),
    otherwise:
      'reads, changes of what is off, renaming and stopping go through; what fires, arms or deletes asks a person; an unknown effect is refused',
  });
}

/** What this caller used, by day, account and automation. */
async function spendOf({ house, principal }: Reader): Promise<string> {
  const now = house.now();
  const rows = await house.store.intents({ since: now - DAYS * 86_400_000, principal });
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const round = (value: number): string => String(Math.round(value * 100) / 100);
  const table = (side: 'day' | 'connection' | 'automation'): string[] => {
    const sums = spent(rows, side, dayOf);
    const shown = side === 'day' ? sums.slice(-DAYS) : sums.slice(0, 10);
    return [
      '',
      `| ${side} | credits | calls | people | not settled |`,
      '|---|--:|--:|--:|--:|',
      ...shown.map(
        ({ key, name, credits, calls, people, open_calls }) =>
          `| ${cell(name ?? key)} | ${round(credits)} | ${calls} | ${people} | ${open_calls} |`,
      ),
    ];
  };
  const days = spent(rows, 'day', dayOf);
  if (days.length === 0) return `# Nothing was used in the last ${DAYS} days\n`;
  const sum = (of: 'credits' | 'calls' | 'people'): string => round(days.reduce((total, day) => total + day[of], 0));
  return `${[
    `# ${sum('credits')} credits in ${sum('calls')} calls to ${sum('people')} people in the last ${DAYS} days (UTC)`,
    ...table('day'),
    ...table('connection'),
    ...table('automation'),
  ].join('\n')}\n`;
}

/** A name is the vendor's: one harmless cell. */
const cell = (text: string): string =>
  text
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .replace(/[|<>[\]()`*_\\]/g, ' ')
    .slice(0, 60);
