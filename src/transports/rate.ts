// How often each principal may ask, per process.
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Seconds over which requests are counted: long enough for a burst, short enough that waiting is not long. */
const WINDOW = 10;

/** Resolves to 0, or to how many seconds until this principal may ask again. */
export function rateLimit(perSecond: number): (principal: string) => Promise<number> {
  const limiter = new RateLimiterMemory({ points: perSecond * WINDOW, duration: WINDOW });
  return principal =>
    limiter.consume(principal).then(
      () => 0,
      ({ msBeforeNext }: { msBeforeNext: number }) => Math.max(1, Math.ceil(msBeforeNext / 1_000)),
    );
}
