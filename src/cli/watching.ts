// Whoever watches a serving program: metrics where a port was set for them, traces where the operator brought OpenTelemetry. Nothing else is loaded.
import type { Metrics } from '../observers/metrics.ts';
import type { Observer } from '../server/observer.ts';
import type { Config } from '../settings.ts';
import type { HttpServer } from '../transports/http.ts';
import type { Home } from './house.ts';

/** More than any person will ever answer: a scrape stays cheap whatever happens. */
const MOST_QUESTIONS = 10_000;

export interface Watching {
  observers: Observer[];
  /** Serves what there is to read; nothing where nothing was asked for. */
  serve(house: Home, server: HttpServer): Promise<{ url: string; close(): Promise<void> } | undefined>;
}

/** Where OpenTelemetry's API, of whatever copy, keeps what an SDK registers: so whether there is one is known without loading anything. */
const OPENTELEMETRY = Symbol.for('opentelemetry.js.api.1');
const traced = (): boolean =>
  (globalThis as { [OPENTELEMETRY]?: { trace?: object } })[OPENTELEMETRY]?.trace !== undefined;

export async function watching(config: Config, version: string): Promise<Watching> {
  const port = config.http ? config.metricsPort : undefined;
  const metrics = port === undefined ? undefined : (await import('../observers/metrics.ts')).openMetrics(version);
  return {
    observers: [
      ...(metrics ? [metrics.observer] : []),
      ...(traced() ? [(await import('../observers/traces.ts')).traces(version)] : []),
    ],
    async serve(house, server) {
      if (!metrics || port === undefined) return undefined;
      gauges(metrics, house, server);
      const { serveMetrics } = await import('../transports/metrics.ts');
      const { metricsHost: host, metricsToken: token } = config;
      return serveMetrics({ host, port, ...(token ? { token } : {}) }, metrics.text);
    },
  };
}

function gauges({ gauge }: Metrics, { store, now }: Home, server: HttpServer): void {
  gauge('sessions', 'Sessions of older clients held in memory.', server.sessions);
  gauge(
    'open_questions',
    'Questions that wait for a person, of every server on this store.',
    async () => (await store.questions({ open_at: now(), limit: MOST_QUESTIONS })).length,
  );
  gauge('store_usable', 'Whether the store can be read.', () =>
    store.question('').then(
      () => 1,
      () => 0,
    ),
  );
}
