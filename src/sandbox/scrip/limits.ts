// Scrip's rate limit: one token bucket for the whole organisation, its state told on every reply (scrip.md 4).
import type { ScripState } from './state.ts';

export const BURST = 30;
const PER_SECOND = 10;

export interface Bucket {
  /** Seconds to wait when there is no token left, else undefined. */
  take(): number | undefined;
  headers(): Record<string, string>;
}

export function createBucket(state: ScripState, enforced: boolean): Bucket {
  const { bucket, clock } = state;
  const fill = () => {
    const now = clock.now();
    bucket.tokens = Math.min(BURST, bucket.tokens + (Math.max(0, now - bucket.filledAt) / 1000) * PER_SECOND);
    bucket.filledAt = now;
  };
  return {
    take() {
      fill();
      if (!enforced) return undefined;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / PER_SECOND));
      bucket.tokens -= 1;
      return undefined;
    },
    headers() {
      fill();
      const fullAt = clock.now() + ((BURST - bucket.tokens) / PER_SECOND) * 1000;
      return {
        'X-RateLimit-Limit': String(BURST),
        'X-RateLimit-Remaining': String(Math.floor(bucket.tokens)),
        'X-RateLimit-Reset': String(Math.ceil(fullAt / 1000)),
      };
    },
  };
}
