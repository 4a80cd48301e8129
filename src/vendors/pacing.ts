// Keeps a connection within its vendor's published rate, so that a person's yes is not spent on a 429 (reliability.md R4).
import type { VendorName } from './types.ts';

export interface Rate {
  /** Refill per minute. */
  requestsPerMinute: number;
  /** How many may go out at once after a pause. */
  burst: number;
}

/**
 * Scrip publishes a token bucket of 10/s with burst 30 (scrip.md section 4). TrustPager says 60 per minute and not how it counts
 * (trustpager.md section 4): 40 a minute after a burst of 20 never makes more than 60 in any minute.
 */
export const rates: Record<VendorName, Rate> = {
  scrip: { requestsPerMinute: 600, burst: 30 },
  trustpager: { requestsPerMinute: 40, burst: 20 },
};

export interface Pace {
  /** Takes a turn: milliseconds to wait for it. Undefined, and no turn taken, where that would be longer than `patience` milliseconds. */
  take(patience: number): number | undefined;
  /** Gives back a turn that was not used. */
  giveBack(): void;
  /** Milliseconds that a turn taken now would wait. */
  wait(): number;
  /** The vendor asked for silence: no turn before that many seconds are over, at most 60. */
  hold(seconds: number): void;
}

const longestHold = 60;

export function tokenBucket({ requestsPerMinute, burst }: Rate, now = () => performance.now()): Pace {
  const perMs = requestsPerMinute / 60_000;
  /** Below zero: turns given out ahead of time, whose takers are waiting. */
  let tokens = burst;
  let at = now();
  let heldUntil = at;

  function wait(): number {
    const time = now();
    tokens = Math.min(burst, tokens + (time - at) * perMs);
    at = time;
    return Math.max(0, (1 - tokens) / perMs, heldUntil - time);
  }

  return {
    wait,
    take(patience) {
      const time = wait();
      if (time > patience) return undefined;
      tokens -= 1;
      return time;
    },
    giveBack() {
      tokens = Math.min(burst, tokens + 1);
    },
    hold(seconds) {
      heldUntil = Math.max(heldUntil, now() + Math.min(seconds, longestHold) * 1000);
    },
  };
}
