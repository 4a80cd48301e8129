// Mutation testing, `npm run mutation`: changes the code in a thousand small ways and counts how many of them the tests notice.
import { rooms } from './rooms.ts';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  // How the page looks is judged by looking at it.
  mutate: [...rooms, '!src/approvals/page-look.ts'],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', pool: 'forks' },
  // Types are not looked at, and TypeScript 7 has not the API by which Stryker would rewrite tsconfig.json for its copy.
  disableTypeChecks: false,
  tsconfigFile: 'none',
  concurrency: 2,
  // What neither changed nor has tests that did is taken from the run before; `-- --force` judges all of it anew.
  incremental: true,
  incrementalFile: 'coverage/mutation-before.json',
  // A busy machine must not pass for a mutant that never ends.
  timeoutMS: 15_000,
  warnings: { slow: false },
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportMutants: false, reportTests: false },
  htmlReporter: { fileName: 'coverage/mutation.html' },
  jsonReporter: { fileName: 'coverage/mutation.json' },
  tempDirName: 'coverage/mutants',
  thresholds: { high: 95, low: 90, break: 90 },
};
