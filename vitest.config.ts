// How the tests run: in parallel, from source, with room for calls that wait on purpose.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    coverage: { include: ['src/**', 'tools/**'], reporter: ['text'] },
  },
});
