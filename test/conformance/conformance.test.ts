// The official conformance suite, on our own hosting: with the tools it asks for, and on the product itself. Nothing leaves this machine.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Check, extensions, judged, type Outcome, type Revision, requirements } from './suite.ts';

const tasks = 'the Tasks extension is not offered: a run’s id and watch_run do its work';

/** What the suite runs besides what a revision requires, and is not met; each with its reason. */
const unmet: Record<Revision, Record<string, string>> = {
  '2025-11-25': {
    'server-sse-polling': 'streams cannot be resumed: an answer that was lost is found by calling again',
  },
  '2026-07-28': {
    'tasks-lifecycle': tasks,
    'tasks-capability-negotiation': tasks,
    'tasks-wire-fields': tasks,
    'tasks-request-state-removal': tasks,
    'tasks-mrtr-input': tasks,
    'tasks-request-headers': tasks,
    'tasks-dispatch-and-envelope': tasks,
    'tasks-status-notifications': tasks,
    'tasks-required-task-error': tasks,
    'tasks-mrtr-composition': tasks,
  },
};

/** What the product, with its own tools, prompts and resources, is judged by. */
const generic: Record<Revision, string[]> = {
  '2025-11-25': [
    'server-initialize',
    'server-session-lifecycle',
    'ping',
    'tools-list',
    'prompts-list',
    'resources-list',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'server-stateless',
    'tools-list',
    'prompts-list',
    'resources-list',
    'server-sse-multiple-streams',
    'http-header-validation',
    'sep-2164-resource-not-found',
    'input-required-result-unsupported-methods',
    'dns-rebinding-protection',
    'caching',
  ],
};

/** Checks within those that need a tool or a resource of the suite's own. */
const needsFixtures = [
  'sep-2575-server-rejects-undeclared-capability',
  'sep-2575-missing-capability-http-400',
  'sep-2575-http-server-no-independent-requests-on-stream',
  'sep-2575-server-no-log-without-loglevel',
];

const failed = (checks: Check[] | undefined): string[] =>
  (checks ?? []).filter(({ status }) => status === 'FAILURE').map(({ id }) => id);
const met = (checks: Check[] | undefined): boolean =>
  failed(checks).length === 0 && (checks ?? []).some(({ status }) => status === 'SUCCESS');

describe.each<[Revision, number]>([
  ['2025-11-25', 30],
  ['2026-07-28', 37],
])('%s', (revision, number) => {
  let fixture: Outcome;
  let product: Outcome;
  let wanted: Awaited<ReturnType<typeof requirements>>;
  beforeAll(async () => {
    wanted = await requirements(revision);
    [fixture, product] = await Promise.all([judged('fixture', revision), judged('product', revision)]);
  }, 180_000);

  test('every required scenario is met', () => {
    expect(wanted.required).toHaveLength(number);
    const short = wanted.required.filter(scenario => !met(fixture.get(scenario)));
    expect(short.map(scenario => [scenario, fixture.get(scenario)])).toEqual([]);
  });

  test('what is run besides is met too, but for what is named here', () => {
    const short = wanted.besides.filter(scenario => !met(fixture.get(scenario)));
    expect(short.sort()).toEqual(Object.keys(unmet[revision]).sort());
  });

  test('the product itself meets every generic scenario', () => {
    const broken = generic[revision].map(scenario => [
      scenario,
      product.has(scenario) && product.get(scenario)?.some(({ status }) => status === 'SUCCESS'),
      failed(product.get(scenario)).filter(id => !needsFixtures.includes(id)),
    ]);
    expect(broken).toEqual(generic[revision].map(scenario => [scenario, true, []]));
  });

  test.skipIf(revision !== '2026-07-28')('the product’s skills are what the extension asks for', () => {
    for (const scenario of extensions) {
      expect([scenario, met(product.get(scenario)), failed(product.get(scenario))]).toEqual([scenario, true, []]);
    }
  });

  test('no message of either breaks the schema of the revision', () => {
    const invalid = [...fixture, ...product].flatMap(([scenario, checks]) =>
      checks.filter(({ id, status }) => id === 'wire-schema-valid' && status === 'FAILURE').map(() => scenario),
    );
    expect(invalid).toEqual([]);
  });
});
