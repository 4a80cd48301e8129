// When a read may be repeated, and after how long; writes have no business here (reliability.md R2 to R4).

export const attempts = 3;

const retried = new Set([429, 502, 503, 504]);
export const isRetried = (status: number): boolean => retried.has(status);

/** Full jitter: anything between nothing and a bound that doubles from 200 ms to 2 s. Milliseconds. */
export const backoff = (attempt: number, random = Math.random): number =>
  random() * Math.min(2_000, 200 * 2 ** (attempt - 1));

export interface RetryBudget {
  /** A first attempt earns a fifth of a repetition. */
  earn(): void;
  /** Whether one repetition is left to spend. */
  spend(): boolean;
}

/** Repetitions stay within 20 % of traffic, apart from a reserve of 5 at the start; at most 10 are saved up. */
export function retryBudget(reserve = 5, share = 0.2, most = 10): RetryBudget {
  let credit = reserve;
  return {
    earn() {
      credit = Math.min(most, credit + share);
    },
    spend() {
      // A little less than one, since five fifths do not add up to one in binary.
      if (credit < 1 - 1e-9) return false;
      credit -= 1;
      return true;
    },
  };
}

const longest = 86_400;
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Retry-After in seconds, from seconds or an HTTP-date; undefined where it is negative, in the past, more than a day, or neither. */
export function retryAfter(value: string | string[] | undefined, now = Date.now()): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const seconds = /^\d{1,9}$/.test(text)
    ? Number(text)
    : httpDate.test(text)
      ? Math.ceil((Date.parse(text) - now) / 1000)
      : Number.NaN;
  return seconds >= 0 && seconds <= longest ? seconds : undefined;
}
