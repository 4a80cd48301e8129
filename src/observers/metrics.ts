// What happens, in numbers that Prometheus reads (docs/hosting.md). Labels come from the catalogue, the rules and the operator's file: no id, no name of a client.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { builtIn } from '../policy/policy.ts';
import type { Observer } from '../server/observer.ts';

/** Seconds; those that OpenTelemetry's conventions for MCP advise, but a call ends within 45 s. */
const buckets = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

export interface Metrics {
  observer: Observer;
  /** A number that is asked for whenever the metrics are read; what cannot be told is NaN. */
  gauge(name: string, help: string, ask: () => number | Promise<number>): void;
  /** All of them, and their content type. */
  text(): Promise<{ type: string; body: string }>;
}

/** The operator's own rules count as one: their names are his, and may say more than a label should. */
const kindOf = (rule: string): string => (builtIn.includes(rule) ? rule : 'operator');

export function openMetrics(version: string): Metrics {
  const registers = [new Registry()];
  const [register] = registers as [Registry];
  collectDefaultMetrics({ register });
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `automations_mcp_${name}`, help, labelNames, registers });
  const seconds = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name: `automations_mcp_${name}_seconds`, help, labelNames, buckets, registers });

  const info = new Gauge({
    name: 'automations_mcp_info',
    help: 'The version that runs.',
    labelNames: ['version'],
    registers,
  });
  info.set({ version }, 1);
  const calls = counter('calls_total', 'Calls of tools, by what they came to.', ['tool', 'outcome', 'code']);
  const callTime = seconds('call_duration', 'From a call’s arrival to its answer.', ['tool']);
  const underWay = new Gauge({
    name: 'automations_mcp_calls_under_way',
    help: 'Calls that wait for their answer.',
    registers,
  });
  const verdicts = counter(
    'verdicts_total',
    'Verdicts over calls that would change something, and refusals of others.',
    ['tool', 'verdict', 'rule'],
  );
  const questions = counter('questions_total', 'Questions to a person: asked, and how they were answered.', [
    'event',
    'channel',
  ]);
  const reserved = counter(
    'credits_reserved_total',
    'Credits reserved as intents were recorded: the high end of their price.',
    ['connection'],
  );
  const settled = counter(
    'credits_settled_total',
    'Credits that intents counted for when their receipt came, by its outcome.',
    ['connection', 'outcome'],
  );
  const receipts = counter('receipts_total', 'Receipts of what was sent, by outcome.', ['tool', 'outcome']);
  const requests = counter('vendor_requests_total', 'Requests to vendors, by how they ended.', [
    'vendor',
    'method',
    'outcome',
    'status',
  ]);
  const requestTime = seconds(
    'vendor_request_duration',
    'From a request’s hand-over to the wire to its whole answer.',
    ['vendor', 'method'],
  );
  const http = counter(
    'http_requests_total',
    'HTTP requests answered, by path and status; 499: the client left first.',
    ['path', 'status'],
  );

  return {
    observer: {
      call({ tool = 'unknown' }) {
        underWay.inc();
        return {
          ended({ outcome, code = '', ms }) {
            underWay.dec();
            calls.inc({ tool, outcome, code });
            callTime.observe({ tool }, ms / 1_000);
          },
        };
      },
      verdict: (tool, { verdict, rule }) => verdicts.inc({ tool, verdict, rule: kindOf(rule) }),
      asked: () => questions.inc({ event: 'asked', channel: '' }),
      answered: ({ state, channel }) => questions.inc({ event: state, channel: channel ?? '' }),
      opened: ({ connection, credits }) => reserved.inc({ connection }, credits),
      settled({ tool, connection, credits, outcome }) {
        receipts.inc({ tool, outcome: outcome ?? '' });
        settled.inc({ connection, outcome: outcome ?? '' }, credits);
      },
      request: ({ vendor, method }) => {
        return ({ status, fault, begun, ms }) => {
          // What never left says so: it is no request that the vendor has seen.
          const outcome = status !== undefined ? 'answered' : begun ? 'lost' : 'not_sent';
          requests.inc({
            vendor,
            method,
            outcome,
            status: status === undefined ? (fault ?? '') : `${Math.floor(status / 100)}xx`,
          });
          requestTime.observe({ vendor, method }, ms / 1_000);
        };
      },
      http: (path, status) => http.inc({ path, status: String(status) }),
    },
    gauge(name, help, ask) {
      new Gauge({
        name: `automations_mcp_${name}`,
        help,
        registers,
        async collect() {
          this.set(await Promise.resolve(ask()).catch(() => Number.NaN));
        },
      });
    },
    text: async () => ({ type: register.contentType, body: await register.metrics() }),
  };
}
