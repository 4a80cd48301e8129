// How the tests run: in parallel, from source, with room for calls that wait on purpose.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait more than they compute, and one worker for two cores would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism()),
    coverage: { include: ['src/**', 'tools/**'], reporter: ['text'] },
  },
});
