// What the whole decision costs, with budgets and the audit on disk: the same server with and without them, in one run, call by call in turn.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { type Home, openHouse } from '../src/cli/house.ts';
import type { Operator } from '../src/cli/operator.ts';
import { readConfig } from '../src/config.ts';
import { type Sandbox, SCRIP_AUTOMATIONS, SCRIP_PROGRAMS, startSandbox } from '../src/sandbox/index.ts';
import { sqliteStore } from '../src/store/sqlite.ts';
import { serveOverHttp } from '../src/transports/http.ts';
import type { Row } from './row.ts';
import { inTurns } from './turns.ts';

const ROUNDS = 5;
const READS = 200;
const WRITES = 30;
const BURSTS = 8;
const BURST = 100;
const AT_ONCE = 16;

const budgets: Operator = {
  budgets: [
    { name: 'day', per: 'day', credits: { soft: 1e6, hard: 2e6 }, calls: { hard: 1e6 }, people: { hard: 1e6 } },
    { name: 'hour', per: 'hour', each: 'connection', credits: { hard: 1e6 }, calls: { hard: 1e6 } },
    { name: 'each', per: 'day', each: 'automation', calls: { soft: 1e6 } },
    { name: 'who', per: 'day', each: 'principal', calls: { hard: 1e6 } },
  ],
};

interface Server {
  call(tool: string, args: object): Promise<void>;
  close(): Promise<void>;
}

const folders: string[] = [];

async function serve(home: Home): Promise<Server> {
  const server = await serveOverHttp(home, { ...readConfig({}, {}), host: '127.0.0.1', port: 0, rateLimit: 1_000_000 });
  const client = new Client({ name: 'bench', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(new StreamableHTTPClientTransport(new URL(server.url)));
  return {
    async call(name, args) {
      const result = await client.callTool({ name, arguments: { ...args } });
      if (result.isError) throw new Error(JSON.stringify(result.content));
    },
    async close() {
      await client.close();
      await server.close();
      await home.close();
    },
  };
}

const homeOf = (sandbox: Sandbox, operator: Operator): [Home, string] => {
  const folder = mkdtempSync(join(tmpdir(), 'automations-mcp-bench-'));
  folders.push(folder);
  const env = {
    SCRIP_BASE_URL: sandbox.scrip.baseUrl,
    SCRIP_API_KEY: sandbox.scrip.key,
    SCRIP_PROGRAM_ID: SCRIP_PROGRAMS.rewards,
    SCRIP_PACE: '10000000',
    AUTOMATIONS_STATE_FOLDER: folder,
    AUTOMATIONS_NO_BROWSER: 'true',
    AUTOMATIONS_LOG_LEVEL: 'silent',
  };
  return [openHouse(readConfig({}, env), 'bench', operator), folder];
};

const timed =
  (call: (server: Server, n: number) => Promise<void>) =>
  async (server: Server, n: number): Promise<number> => {
    const began = performance.now();
    await call(server, n);
    return performance.now() - began;
  };

/** Reads a second, so many at once. */
async function burst(server: Server): Promise<number> {
  let left = BURST;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await read(server);
  };
  const took = await timed(async () => void (await Promise.all(Array.from({ length: AT_ONCE }, worker))))(server, 0);
  return BURST / (took / 1_000);
}

const automation_id = SCRIP_AUTOMATIONS.happyHour;
const read = (server: Server): Promise<void> => server.call('scrip_get_automation', { automation_id });
const write = (server: Server, n: number): Promise<void> =>
  server.call('scrip_update_automation', { automation_id, cron_expression: `${Math.abs(n) % 60} ${n & 1} * * *` });

const ms = (value: number): string => `${value.toFixed(2)} ms`;

export async function measure(): Promise<Row[]> {
  const twins = await Promise.all([startSandbox({ rateLimits: false }), startSandbox({ rateLimits: false })]);
  const [whole] = homeOf(twins[0], budgets);
  const [plain, at] = homeOf(twins[1], {});
  // Intents and receipts go to disk as ever; what is not there is the audit, and budgets that want to be counted.
  const bare: Home = { ...plain, store: sqliteStore(join(at, 'bare.sqlite')), note: () => {} };
  const servers = [await serve(whole), await serve(bare)] as const;
  try {
    const reads = await inTurns(servers, { rounds: ROUNDS, pairs: READS }, timed(read));
    const writes = await inTurns(servers, { rounds: ROUNDS, pairs: WRITES }, timed(write));
    const rates = await inTurns(servers, { rounds: ROUNDS, pairs: BURSTS }, burst);
    // The bars are those of design section 5 and of the issue of budgets and audit.
    return [
      {
        name: 'read p50',
        ours: ms(reads.ours),
        beside: ms(reads.beside),
        figure: reads.ratio,
        better: 'less',
        bar: 1.1,
        spread: reads.ratios,
      },
      {
        name: 'reads a second',
        ours: rates.ours.toFixed(0),
        beside: rates.beside.toFixed(0),
        figure: rates.ratio,
        better: 'more',
        bar: 0.9,
        spread: rates.ratios,
      },
      {
        name: 'added to a write',
        ours: ms(writes.ours),
        beside: ms(writes.beside),
        figure: writes.added,
        unit: 'ms',
        better: 'less',
        bar: 2,
        spread: writes.addeds,
      },
    ];
  } finally {
    for (const server of servers) await server.close();
    for (const sandbox of twins) await sandbox.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}
