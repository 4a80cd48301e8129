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
import { printTable } from './table.ts';

const READS = 2_000;
const WRITES = 400;
const BURSTS = 60;
const BURST = 100;
const AT_ONCE = 16;

/** What design section 5 and the issue of budgets and audit ask for. */
const marks = { read: 1.1, rate: 0.9, write: 2 };

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

const twins = await Promise.all([startSandbox({ rateLimits: false }), startSandbox({ rateLimits: false })]);
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

const [whole] = homeOf(twins[0], budgets);
const [plain, at] = homeOf(twins[1], {});
// Intents and receipts go to disk as ever; what is not there is the audit, and budgets that want to be counted.
const bare: Home = { ...plain, store: sqliteStore(join(at, 'bare.sqlite')), note: () => {} };
const servers = { with: await serve(whole), without: await serve(bare) };
type Which = keyof typeof servers;
const both: readonly Which[] = ['with', 'without'];

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

interface Measured {
  with: number;
  without: number;
  /** Pair by pair, so that whatever else the machine does meanwhile falls on both. */
  ratio: number;
  added: number;
}

/** Medians over pairs; the two take turns, and each goes first as often as the other. The first tenth warms both up. */
async function inTurn(pairs: number, measure: (server: Server, n: number) => Promise<number>): Promise<Measured> {
  const took: Record<Which, number[]> = { with: [], without: [] };
  for (let n = -Math.ceil(pairs / 10); n < pairs; n++)
    for (const which of n % 2 === 0 ? both : both.toReversed()) {
      const value = await measure(servers[which], n);
      if (n >= 0) took[which].push(value);
    }
  const pair = (of: (a: number, b: number) => number): number =>
    median(took.with.map((value, n) => of(value, took.without[n] ?? Number.NaN)));
  return {
    with: median(took.with),
    without: median(took.without),
    ratio: pair((a, b) => a / b),
    added: pair((a, b) => a - b),
  };
}

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

let missed = false;
try {
  const reads = await inTurn(READS, timed(read));
  const writes = await inTurn(WRITES, timed(write));
  const rates = await inTurn(BURSTS, burst);
  const ms = (value: number): string => `${value.toFixed(2)} ms`;
  const slower = reads.with / reads.without;
  const rows: [string, string, string, string, string, boolean][] = [
    [
      'read, p50',
      ms(reads.without),
      ms(reads.with),
      `${slower.toFixed(3)} ×`,
      `at most ${marks.read} ×`,
      slower <= marks.read,
    ],
    [
      'reads a second',
      rates.without.toFixed(0),
      rates.with.toFixed(0),
      `${rates.ratio.toFixed(3)} ×`,
      `at least ${marks.rate} ×`,
      rates.ratio >= marks.rate,
    ],
    [
      'write, p50',
      ms(writes.without),
      ms(writes.with),
      `+ ${ms(writes.added)}`,
      `under ${marks.write} ms`,
      writes.added < marks.write,
    ],
  ];
  printTable([
    ['', 'without', 'with', 'difference', 'mark', ''],
    ...rows.map(([what, without, over, difference, mark, held]) => [
      what,
      without,
      over,
      difference,
      mark,
      held ? 'held' : 'MISSED',
    ]),
  ]);
  missed = rows.some(row => !row[5]);
} finally {
  for (const server of Object.values(servers)) await server.close();
  for (const sandbox of twins) await sandbox.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
process.exitCode = missed ? 1 : 0;
