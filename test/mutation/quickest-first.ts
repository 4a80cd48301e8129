// Runs what failed last and then what is quickest first: a run for one mutant ends at the first test that notices it.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = new Map(files.map(file => [file, this.ctx.cache.getTestSpecificationResult(file)]));
    const worth = (file: TestSpecification): number => {
      const result = known.get(file);
      return result === undefined || result.failed ? -1 : result.duration;
    };
    return files.toSorted((a, b) => worth(a) - worth(b));
  }
}
