// Starts the twins of both vendors on one loopback port: Scrip, TrustPager, the control room and a page for people.
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { createClock } from './clock.ts';
import { createFaults } from './control/faults.ts';
import { createLog } from './control/log.ts';
import { keepState, readState, restoreState } from './file.ts';
import { defaultReadings, type Readings } from './readings.ts';
import { type Scale, scaleUp } from './scale.ts';
import { emptyScrip, seedScrip } from './scrip/seed.ts';
import { SCRIP_KEYS, TRUSTPAGER_KEYS } from './seed.ts';
import { createAnswer, PREFIX } from './serve.ts';
import { emptyTrustPager, seedTrustPager } from './trustpager/seed.ts';
import { advance, type World } from './world.ts';

export { StateFileError } from './file.ts';
export { parseReadings, READINGS, type Readings } from './readings.ts';
export type { Scale } from './scale.ts';
export * from './seed.ts';

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number;
  host?: string;
  /** Participants per second; left out, a sizeable audience takes about eight seconds whatever its size. */
  fanoutRate?: number;
  /** How long one TrustPager action takes. */
  actionMs?: number;
  /** Scrip's execution_status goes back to idle this long after a fan-out ended; 'never' is the reading idle=never. */
  idleAfterMs?: number | 'never';
  now?: () => number;
  rateLimits?: boolean;
  /** Which of two readings to take where the pages leave it open (docs/twins.md). */
  readings?: Partial<Readings>;
  /** Where the state is kept over a restart. */
  file?: string;
  scale?: Scale;
}

export interface Sandbox {
  url: string;
  scrip: { baseUrl: string; key: string; programs: { id: string; name: string }[] };
  trustpager: { baseUrl: string; key: string };
  close(): Promise<void>;
}

function createWorld(options: SandboxOptions): World {
  const { idleAfterMs = 1500, file } = options;
  const saved = file === undefined ? undefined : readState(file);
  const clock = createClock(options.now, saved);
  const readings = defaultReadings();
  const faults = createFaults();
  const scrip = emptyScrip({
    clock,
    readings,
    fanoutRate: options.fanoutRate,
    idleAfterMs: idleAfterMs === 'never' ? 0 : idleAfterMs,
  });
  seedScrip(scrip);
  const trustpager = emptyTrustPager({
    clock,
    readings,
    rateLimits: options.rateLimits ?? true,
    actionMs: options.actionMs ?? 150,
    failAction: type => faults.takeAction('action_failed', type) !== undefined,
    chargeFactor(type) {
      const fault = faults.takeAction('action_overcharged', type);
      return fault ? (fault.factor ?? 2) : 1;
    },
  });
  seedTrustPager(trustpager);
  const world = { clock, readings, log: createLog(), faults, scrip, trustpager };
  if (saved && file !== undefined) restoreState(world, file, saved);
  if (idleAfterMs === 'never') readings.idle = 'never';
  Object.assign(readings, options.readings);
  if (options.scale) scaleUp(scrip, trustpager, options.scale);
  return world;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', rateLimits = true, file } = options;
  const world = createWorld(options);
  const { clock, scrip } = world;
  const hasMoved = () => {
    const happened = advance(world);
    return happened.scrip.changes + happened.trustpager > 0;
  };
  const keeper = file === undefined ? undefined : keepState(world, file, hasMoved);
  const answer = createAnswer(world, { rateLimits, changed: () => keeper?.changed() });

  // Replacing the global Request and Response would reach into the program that embeds this.
  const server = createAdaptorServer({
    fetch: (request, env) => answer(request, env as HttpBindings),
    overrideGlobalObjects: false,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => resolve());
  }).catch(error => {
    keeper?.stop();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
  const programs = [...scrip.programs.values()]
    .filter(program => program.status === 'ACTIVE')
    .map(({ id, name }) => ({ id, name }));

  return {
    url,
    scrip: { baseUrl: url + PREFIX.scrip, key: SCRIP_KEYS.full, programs },
    trustpager: { baseUrl: url + PREFIX.trustpager, key: TRUSTPAGER_KEYS.full },
    close: async () => {
      clock.stop();
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
      keeper?.stop();
    },
  };
}
