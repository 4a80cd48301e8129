// Pacing, breaker, repetition and Retry-After, each on a clock of the test's own (reliability.md R2, R4, R7).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { circuitBreaker } from '../../src/vendors/breaker.ts';
import { rates, tokenBucket } from '../../src/vendors/pacing.ts';
import { attempts, backoff, isRetried, retryAfter, retryBudget } from '../../src/vendors/retry.ts';

describe('R4: pacing', () => {
  test('a burst, then one turn at a time', () => {
    let now = 0;
    const pace = tokenBucket({ requestsPerMinute: 60, burst: 3 }, () => now);
    expect([pace.take(0), pace.take(0), pace.take(0)]).toEqual([0, 0, 0]);
    expect(pace.take(500)).toBeUndefined();
    expect(pace.wait()).toBe(1_000);
    expect([pace.take(5_000), pace.take(5_000)]).toEqual([1_000, 2_000]);
    pace.giveBack();
    expect(pace.wait()).toBe(2_000);
    now = 60_000;
    expect(pace.wait()).toBe(0);
    expect([pace.take(0), pace.take(0), pace.take(0), pace.take(0)]).toEqual([0, 0, 0, undefined]);
  });

  test('what the vendor asks for holds, for a minute at most', () => {
    let now = 0;
    const pace = tokenBucket({ requestsPerMinute: 600, burst: 5 }, () => now);
    pace.hold(7);
    pace.hold(2);
    expect(pace.wait()).toBe(7_000);
    expect(pace.take(5_000)).toBeUndefined();
    pace.hold(86_400);
    expect(pace.wait()).toBe(60_000);
    now = 60_000;
    expect(pace.take(0)).toBe(0);
  });

  test('TrustPager is never asked more than 60 times in any minute', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2_000 }), { minLength: 100, maxLength: 300 }), gaps => {
        let now = 0;
        const pace = tokenBucket(rates.trustpager, () => now);
        const sent: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const wait = pace.take(5_000);
          if (wait !== undefined) sent.push(now + wait);
        }
        sent.sort((a, b) => a - b);
        for (const [at, time] of sent.entries())
          expect((sent[at + 60] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThan(59_999);
      }),
    );
  });
});

describe('R7: breaker', () => {
  const trip = (now: () => number) => {
    const breaker = circuitBreaker({ now });
    for (let i = 0; i < 5; i++) {
      expect(breaker.enter()).toBe(true);
      breaker.failed();
    }
    return breaker;
  };

  test('five in a row open it; an answer in between starts the count again', () => {
    const breaker = circuitBreaker({ now: () => 0 });
    for (let i = 0; i < 4; i++) breaker.failed();
    breaker.answered();
    for (let i = 0; i < 4; i++) breaker.failed();
    expect(breaker.enter()).toBe(true);
    breaker.failed();
    expect(breaker.enter()).toBe(false);
    expect(breaker.wait()).toBe(10);
  });

  test('after ten seconds one probe goes out, and decides', () => {
    let now = 0;
    const breaker = trip(() => now);
    now = 9_999;
    expect(breaker.enter()).toBe(false);
    now = 10_000;
    expect([breaker.wait(), breaker.enter(), breaker.enter(), breaker.wait()]).toEqual([0, true, false, 1]);
    breaker.failed();
    expect([breaker.enter(), breaker.wait()]).toEqual([false, 10]);
    now = 20_000;
    expect(breaker.enter()).toBe(true);
    breaker.left();
    expect(breaker.enter()).toBe(true);
    breaker.answered();
    expect([breaker.enter(), breaker.enter(), breaker.wait()]).toEqual([true, true, 0]);
  });
});

describe('R2: repetition', () => {
  test('only what says "later" is repeated', () => {
    expect(Array.from({ length: 600 }, (_, status) => status).filter(isRetried)).toEqual([429, 502, 503, 504]);
    expect(attempts).toBe(3);
  });

  test('full jitter, up to two seconds', () => {
    expect([1, 2, 3, 4, 5, 9].map(attempt => backoff(attempt, () => 1))).toEqual([200, 400, 800, 1_600, 2_000, 2_000]);
    expect(backoff(3, () => 0)).toBe(0);
  });

  test('a fifth of traffic, and a reserve', () => {
    const budget = retryBudget();
    expect(Array.from({ length: 6 }, () => budget.spend())).toEqual([true, true, true, true, true, false]);
    for (let i = 0; i < 4; i++) budget.earn();
    expect(budget.spend()).toBe(false);
    budget.earn();
    expect([budget.spend(), budget.spend()]).toEqual([true, false]);
    for (let i = 0; i < 1_000; i++) budget.earn();
    expect(Array.from({ length: 12 }, () => budget.spend()).filter(Boolean)).toHaveLength(10);
  });
});

describe('R4: Retry-After', () => {
  const now = Date.parse('2026-11-21T08:00:00Z');
  test.each([
    ['0', 0],
    ['7', 7],
    [' 7 ', 7],
    ['86400', 86_400],
    ['Sat, 21 Nov 2026 08:00:30 GMT', 30],
    ['86401', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['Sat, 21 Nov 2026 07:59:00 GMT', undefined],
    ['Mon, 21 Nov 2033 08:00:30 GMT', undefined],
    ['Sat, 99 Foo 2026 08:00:30 GMT', undefined],
    ['2026-11-21T08:00:30Z', undefined],
  ])('%j is %s', (value, seconds) => {
    expect(retryAfter(value, now)).toBe(seconds);
  });

  test('absent or repeated is nothing; no text breaks it', () => {
    expect(retryAfter(undefined)).toBeUndefined();
    expect(retryAfter(['1', '2'])).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), text => {
        const seconds = retryAfter(text, now);
        expect(seconds === undefined || (Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400)).toBe(true);
      }),
    );
  });
});
