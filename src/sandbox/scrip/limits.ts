// Scrip's rate limit: one token bucket for the whole organisation, its state told on every reply (scrip.md 4).
import type { Clock } from '../clock.ts';

const BURST = 30;
const PER_SECOND = 10;

export interface Bucket {
  /** Seconds to wait when there is no token left, else undefined. */
  take(): number | undefined;
  headers(): Record<string, string>;
}

export function createBucket(clock: Clock, enforced: boolean): Bucket {
  let tokens = BURST;
  let filledAt = clock.now();
  const fill = () => {
    const now = clock.now();
    tokens = Math.min(BURST, tokens + (Math.max(0, now - filledAt) / 1000) * PER_SECOND);
    filledAt = now;
  };
  return {
    take() {
      fill();
      if (!enforced) return undefined;
      if (tokens < 1) return Math.max(1, Math.ceil((1 - tokens) / PER_SECOND));
      tokens -= 1;
      return undefined;
    },
    headers() {
      fill();
      const fullAt = clock.now() + ((BURST - tokens) / PER_SECOND) * 1000;
      return {
        'X-RateLimit-Limit': String(BURST),
        'X-RateLimit-Remaining': String(Math.floor(tokens)),
        'X-RateLimit-Reset': String(Math.ceil(fullAt / 1000)),
      };
    },
  };
}
