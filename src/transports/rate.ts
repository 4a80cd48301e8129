// How often each principal may ask, per process.
import { RateLimiterMemory } from 'rate-limiter-flexible';

/** Seconds over which requests are counted: long enough for a burst, short enough that waiting is not long. */
const WINDOW = 10;

const limited = (perSecond: number) => new RateLimiterMemory({ points: perSecond * WINDOW, duration: WINDOW });

const consumed = (limiter: RateLimiterMemory, key: string): Promise<number> =>
  limiter.consume(key).then(
    () => 0,
    ({ msBeforeNext }: { msBeforeNext: number }) => Math.max(1, Math.ceil(msBeforeNext / 1_000)),
  );

/** Resolves to 0, or to how many seconds until this principal may ask again. */
export function rateLimit(perSecond: number): (principal: string) => Promise<number> {
  const limiter = limited(perSecond);
  return principal => consumed(limiter, principal);
}

/** How often one address may be wrong: an attempt counts from its beginning on, until it turns out to be right. */
export function attemptLimit(perSecond: number) {
  const limiter = limited(perSecond);
  return {
    /** 0, or how many seconds until it may be tried again. */
    begin: (address: string): Promise<number> => consumed(limiter, address),
    right: (address: string): Promise<unknown> => limiter.reward(address, 1),
  };
}
