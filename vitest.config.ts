// How the tests run: in parallel, from source, with room for calls that wait on purpose.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { rooms } from './test/mutation/rooms.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Some start a dozen programs; a busy machine takes its time with that.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait more than they compute, and one worker for two cores would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism()),
    // What is covered in full is left out of the table.
    coverage: { include: rooms, reporter: [['text', { skipFull: true }]], thresholds: { branches: 100 } },
  },
});
