// The tests by which mutants are judged: those of the mutated rooms that need neither a browser nor another program, so that a run takes minutes.
import { defineConfig } from 'vitest/config';
import { QuickestFirst } from './quickest-first.ts';

export default defineConfig({
  test: {
    include: [
      'test/{policy,approvals,ledger}/**/*.test.ts',
      'test/store/refusal.test.ts',
      'test/vendors/classify.test.ts',
    ],
    exclude: [
      'test/policy/{gates,*-matrix}.test.ts',
      'test/approvals/{page-attack,page-masked,*-browser}.test.ts',
      // It replaces a module of Node, which cannot be done to what is loaded already.
      'test/approvals/constant-time.test.ts',
    ],
    sequence: { sequencer: QuickestFirst },
    setupFiles: 'test/mutation/load.ts',
    // Many a mutant is a page that never answers.
    testTimeout: 8_000,
    hookTimeout: 8_000,
    isolate: false,
  },
});
