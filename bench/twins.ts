// How the twins bear size: a fan-out to 50,000 participants and a list of 10,000 records, against the bare loop over the same data.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Sandbox, SCRIP_PROGRAMS, startSandbox } from '../src/sandbox/index.ts';
import type { Row } from './row.ts';

const PARTICIPANTS = 50_000;
const AUTOMATIONS = 10_000;
const ROUNDS = 3;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

interface Measured {
  ms: number;
  bytes: number;
}

/** The best of a few rounds in time, and what the first one left on the heap. */
async function measureBest(work: () => unknown): Promise<Measured> {
  let ms = Infinity;
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = heap();
    const began = performance.now();
    const kept = await work();
    ms = Math.min(ms, performance.now() - began);
    if (round === 0) bytes = heap() - before;
    // Held until here, so that it is counted.
    if (kept === null) throw new Error('Nothing was made');
  }
  return { ms, bytes };
}

const base = (sandbox: Sandbox) => `${sandbox.scrip.baseUrl}/programs/${SCRIP_PROGRAMS.rewards}/automations`;

// biome-ignore lint/suspicious/noExplicitAny: answers are read field by field
async function ask(url: string, key: Record<string, string>, method = 'GET', body?: object): Promise<any> {
  const answer = await fetch(url, { method, headers: key, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${url} said ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const FILTER = 'participant.counters.visits >= 0 && "lapsed" in participant.tags == false';
let made = 0;

/** From the creation of an immediate automation to its end, over HTTP, the clock stepped. */
async function fanOut(sandbox: Sandbox): Promise<number> {
  made += 1;
  const key = { 'x-api-key': sandbox.scrip.key };
  const asked = {
    name: `Bench ${made}`,
    event_name: `bench_${made}`,
    scope: 'participants',
    trigger: { type: 'immediate' },
    participant_filter: FILTER,
    payload: { points: '5' },
  };
  const { id } = await ask(base(sandbox), key, 'POST', asked);
  await ask(`${sandbox.url}/_twin/clock`, {}, 'POST', { advance_ms: 60_000 });
  const { participants_total, participants_processed, status } = await ask(`${base(sandbox)}/${id}`, key);
  if (status !== 'completed' || participants_processed !== participants_total)
    throw new Error('The fan-out did not end');
  return participants_total;
}

/** Every page of a list. */
async function listAll(url: string, key: Record<string, string>, limit: number, cursorName: string): Promise<object[]> {
  const rows: object[] = [];
  for (let cursor = ''; ; ) {
    const { data, pagination } = await ask(`${url}?limit=${limit}${cursor}`, key);
    rows.push(...data);
    if (!pagination.has_more) return rows;
    cursor = `&${cursorName}=${pagination.next_cursor}`;
  }
}

type Person = ReturnType<typeof somebody>;
const somebody = (n: number) => ({
  id: crypto.randomUUID(),
  tags: n % 10 < 3 ? ['vip'] : n % 6 === 0 ? ['regular', 'lapsed'] : ['regular'],
  counters: { visits: n % 48, points: n % 240 },
});

/** As many people and events without anything around them: no HTTP, no clock, no CEL, no rules. */
function bareFanOut(people: readonly Person[]): object[] {
  const events: object[] = [];
  for (const person of people) {
    if (person.counters.visits < 0 || person.tags.includes('lapsed')) continue;
    person.counters.points += 5;
    const event_data = { points: '5', type: 'bench' };
    events.push({ id: crypto.randomUUID(), participant_id: person.id, event_data, at: Date.now() });
  }
  return events;
}

/** The same records cut into pages that go through JSON, as any client and server must. */
function bareList(rows: readonly object[], limit: number): object[] {
  const out: object[] = [];
  for (let at = 0; at < rows.length; at += limit) out.push(...JSON.parse(JSON.stringify(rows.slice(at, at + limit))));
  return out;
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

const rowsOf = (name: string, twin: Measured, bare: Measured): Row[] => [
  {
    name,
    ours: `${twin.ms.toFixed(0)} ms`,
    beside: `${bare.ms.toFixed(0)} ms`,
    figure: twin.ms / bare.ms,
    better: 'less',
  },
  {
    name: `${name}, kept`,
    ours: megabytes(twin.bytes),
    beside: megabytes(bare.bytes),
    figure: twin.bytes / bare.bytes,
    better: 'less',
  },
];

export async function measure(): Promise<Row[]> {
  const people = Array.from({ length: PARTICIPANTS }, (_, n) => somebody(n));
  const sandbox = await startSandbox({ rateLimits: false, fanoutRate: 10_000 });
  try {
    await ask(`${sandbox.url}/_twin/scale`, {}, 'POST', { participants: PARTICIPANTS, automations: AUTOMATIONS });
    const scripKey = { 'x-api-key': sandbox.scrip.key };
    const pagerKey = { authorization: `Bearer ${sandbox.trustpager.key}` };
    const pager = `${sandbox.trustpager.baseUrl}/automations`;
    const scripRows = await listAll(base(sandbox), scripKey, 200, 'cursor');
    const pagerRows = await listAll(pager, pagerKey, 100, 'after');
    await fanOut(sandbox);
    return [
      ...rowsOf(
        `Scrip list of ${AUTOMATIONS}`,
        await measureBest(() => listAll(base(sandbox), scripKey, 200, 'cursor')),
        await measureBest(() => bareList(scripRows, 200)),
      ),
      ...rowsOf(
        `TrustPager list of ${AUTOMATIONS}`,
        await measureBest(() => listAll(pager, pagerKey, 100, 'after')),
        await measureBest(() => bareList(pagerRows, 100)),
      ),
      ...rowsOf(
        `fan-out over ${PARTICIPANTS}`,
        await measureBest(() => fanOut(sandbox)),
        await measureBest(() => bareFanOut(people)),
      ),
    ];
  } finally {
    await sandbox.close();
  }
}
