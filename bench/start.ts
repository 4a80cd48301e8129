// How soon the package is there, and what it costs: start, first call, memory, latency, calls a second, tokens and size, beside Node itself, a
// server by hand and a bare one of the SDK. All are built by the same bundler, with the same tools, over stdio, before the same vendor.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { rolldown } from 'rolldown';
import { Pool } from 'undici';
import { bundle } from '../build/bundle.ts';
import { launcher, root } from '../build/place.ts';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS, startSandbox } from '../src/sandbox/index.ts';
import { listed } from './floor/listed.ts';
import { type Speaking, speak } from './floor/speak.ts';
import type { Row } from './row.ts';
import { inTurns, median, type Turns } from './turns.ts';

const STARTS = { rounds: 3, pairs: 7, warm: 2 };
const MEMORIES = { rounds: 3, pairs: 1, warm: 0 };
const CALLS = 3_000;
const LATENCIES = { rounds: 3, each: 400 };
const BURSTS = { rounds: 3, pairs: 5, warm: 2 };
const AT_ONCE = 64;

const call = { name: 'scrip_get_automation', arguments: { automation_id: SCRIP_AUTOMATIONS.happyHour } };
const route = `/v1/programs/${SCRIP_PROGRAMS.rewards}/automations/${SCRIP_AUTOMATIONS.happyHour}`;

/** The body that the twin answers the call with, so that every server here reads what ours does. */
async function body(): Promise<string> {
  const twins = await startSandbox();
  const { origin } = new URL(twins.scrip.baseUrl);
  const path = route.replace(/^\/v1/, new URL(twins.scrip.baseUrl).pathname);
  const answer = await fetch(`${origin}${path}`, { headers: { 'x-api-key': twins.scrip.key } });
  const text = await answer.text();
  await twins.close();
  if (!answer.ok) throw new Error(text);
  return text;
}

async function floor(name: string, folder: string): Promise<string> {
  const build = await rolldown({
    input: join(root, `bench/floor/${name}.ts`),
    platform: 'node',
    plugins: [
      {
        name: 'listed',
        load: id => (id.endsWith('/floor/listed.ts') ? `export const listed = ${JSON.stringify(listed)};` : undefined),
      },
    ],
  });
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: `${name}.mjs`,
    chunkFileNames: `${name}-[name].mjs`,
    minify: true,
  });
  await build.close();
  return join(folder, `${name}.mjs`);
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const mib = (value: number): string => `${value.toFixed(1)} MiB`;
const less = (
  name: string,
  { ours, beside, ratio, ratios }: Turns,
  show: (value: number) => string,
  more: Partial<Row> = {},
): Row => ({
  name,
  ours: show(ours),
  beside: show(beside),
  figure: ratio,
  better: 'less',
  spread: ratios,
  ...more,
});

export async function measure(): Promise<Row[]> {
  const place = mkdtempSync(join(tmpdir(), 'automations-mcp-bench-'));
  const upstream = fork(join(root, 'bench/floor/upstream.ts'), { env: { BODY: await body() }, execArgv: [] });
  try {
    const [port] = (await once(upstream, 'message')) as [number];
    return await measured(place, `http://127.0.0.1:${port}`);
  } finally {
    upstream.disconnect();
    rmSync(place, { recursive: true, force: true });
  }
}

async function measured(place: string, origin: string): Promise<Row[]> {
  const source = join(place, 'source');
  await bundle(join(source, 'dist'));
  const [raw, sdk] = [await floor('raw', place), await floor('sdk', place)];
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: place,
    ORIGIN: origin,
    ROUTE: route,
    SCRIP_API_KEY: 'sk_0123456789abcdef0123',
    SCRIP_BASE_URL: `${origin}/v1`,
    SCRIP_PROGRAM_ID: SCRIP_PROGRAMS.rewards,
    SCRIP_PACE: '100000000',
    TRUSTPAGER_API_KEY: 'tp_live_0123456789abcdef',
    AUTOMATIONS_CALL_LIMIT: '1000',
    AUTOMATIONS_LOG_LEVEL: 'silent',
  };
  const programs = {
    ours: [join(source, 'dist', launcher)],
    raw: [raw],
    sdk: [sdk],
    node: ['-e', ''],
  };
  const start = (what: keyof typeof programs): Speaking => speak(programs[what], env);
  const made = async (server: Speaking): Promise<void> => {
    const { result } = await server.ask('tools/call', call);
    if (!result || result.isError) throw new Error(`the call failed: ${JSON.stringify(result)}`);
  };
  const since = async (what: keyof typeof programs, until: (server: Speaking) => Promise<void>): Promise<number> => {
    const began = performance.now();
    if (what === 'node') {
      await once(spawn(process.execPath, programs.node, { env, stdio: 'ignore' }), 'close');
      return performance.now() - began;
    }
    const server = start(what);
    await server.open();
    await until(server);
    const took = performance.now() - began;
    await server.end();
    return took;
  };
  const nothing = async (): Promise<void> => {};
  const held = async (what: keyof typeof programs, calls: number): Promise<number> => {
    const server = start(what);
    await server.open();
    for (let left = calls; left > 0; left -= 16) await Promise.all(Array.from({ length: 16 }, () => made(server)));
    await sleep(500);
    const memory = server.memory();
    await server.end();
    return memory;
  };
  const rows: Row[] = [
    less(
      'spawn to tools/list, beside node -e ""',
      await inTurns<keyof typeof programs>(['ours', 'node'], STARTS, what => since(what, nothing)),
      ms,
      { bar: 2.5, aim: 2 },
    ),
    less(
      'spawn to the first call, beside node -e ""',
      await inTurns<keyof typeof programs>(['ours', 'node'], STARTS, what => since(what, made)),
      ms,
      { bar: 5, aim: 3.5 },
    ),
    less(
      'spawn to tools/list, beside a bare SDK server',
      await inTurns<keyof typeof programs>(['ours', 'sdk'], STARTS, what => since(what, nothing)),
      ms,
    ),
    less(
      'idle memory, beside a raw server',
      await inTurns<keyof typeof programs>(['ours', 'raw'], MEMORIES, what => held(what, 0)),
      mib,
      {
        bar: 1.5,
        aim: 1.3,
      },
    ),
    less(
      'idle memory, beside a bare SDK server',
      await inTurns<keyof typeof programs>(['ours', 'sdk'], MEMORIES, what => held(what, 0)),
      mib,
    ),
    less(
      `memory after ${CALLS} calls, beside a raw server`,
      await inTurns<keyof typeof programs>(['ours', 'raw'], MEMORIES, what => held(what, CALLS)),
      mib,
      { bar: 1.8, aim: 1.5 },
    ),
  ];

  const servers = { ours: start('ours'), raw: start('raw') };
  const pool = new Pool(origin);
  try {
    for (const server of Object.values(servers)) await server.open();
    const direct = async (): Promise<void> =>
      void (await (await pool.request({ method: 'GET', path: route })).body.text());
    const ways = { direct, raw: () => made(servers.raw), ours: () => made(servers.ours) };
    const added: Record<'raw' | 'ours', number[]> = { raw: [], ours: [] };
    for (let round = -1; round < LATENCIES.rounds; round++) {
      const took: Record<keyof typeof ways, number[]> = { direct: [], raw: [], ours: [] };
      for (let n = 0; n < LATENCIES.each; n++)
        for (const way of Object.keys(ways) as (keyof typeof ways)[]) {
          const began = performance.now();
          await ways[way]();
          took[way].push(performance.now() - began);
        }
      // The first round warms all of them up.
      if (round >= 0)
        for (const way of ['raw', 'ours'] as const) added[way].push(median(took[way]) - median(took.direct));
    }
    const ratios = added.ours.map((ours, round) => ours / (added.raw[round] ?? Number.NaN));
    rows.push({
      name: 'added to a direct call, beside what a raw server adds',
      ours: ms(median(added.ours)),
      beside: ms(median(added.raw)),
      figure: median(ratios),
      better: 'less',
      bar: 4,
      aim: 2.5,
      spread: [Math.min(...ratios), Math.max(...ratios)],
    });
    const rates = await inTurns([servers.ours, servers.raw], BURSTS, async server => {
      const began = performance.now();
      await Promise.all(Array.from({ length: AT_ONCE }, () => made(server)));
      return AT_ONCE / ((performance.now() - began) / 1_000);
    });
    rows.push({
      name: `calls a second, ${AT_ONCE} at once, beside a raw server`,
      ours: rates.ours.toFixed(0),
      beside: rates.beside.toFixed(0),
      figure: rates.ratio,
      better: 'more',
      spread: rates.ratios,
    });
  } finally {
    await pool.close();
    for (const server of Object.values(servers)) await server.end();
  }
  return [...rows, ...sizes(place, source)];
}

/** What stands in a context window, and what is downloaded and installed. */
function sizes(place: string, source: string): Row[] {
  const tools = JSON.parse(listed) as { name: string; description: string; inputSchema: object }[];
  const tokens = tools
    .map(({ name, description, inputSchema }) =>
      countTokens(JSON.stringify({ name, description, input_schema: inputSchema })),
    )
    .reduce((a, b) => a + b, 0);
  for (const file of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'])
    copyFileSync(join(root, file), join(source, file));
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  const [packed] = JSON.parse(npm(source, 'pack', '--json', '--ignore-scripts'));
  const home = join(place, 'home');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{}');
  const began = performance.now();
  npm(home, 'install', '--offline', '--no-audit', '--no-fund', join(source, packed.filename));
  execFileSync(join(home, 'node_modules/.bin/automations-mcp'), ['inspect', '--sandbox'], { stdio: 'ignore' });
  const seconds = (performance.now() - began) / 1_000;
  return [
    {
      name: `tokens of ${tools.length} tools, both vendors`,
      ours: String(tokens),
      figure: tokens,
      unit: 'tokens',
      better: 'less',
      bar: 6_000,
      aim: 4_000,
    },
    {
      name: 'package, packed',
      ours: `${packed.files.length} files, ${mib(packed.unpackedSize / 2 ** 20)} unpacked`,
      figure: packed.size / 2 ** 20,
      unit: 'MiB',
      better: 'less',
      bar: 1.5,
    },
    {
      name: 'from the packed file to what it says of itself',
      ours: `${seconds.toFixed(1)} s`,
      figure: seconds,
      unit: 's',
      better: 'less',
      bar: 10,
    },
  ];
}
