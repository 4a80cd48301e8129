// Values that belong nowhere, and what a refusal looks like at each vendor.
import { expect } from 'vitest';
import type { Answer } from '../fixtures.ts';

export const LONG = 'x'.repeat(256);
export const ODD = ['\u0000', '\ud800', '💧'.repeat(256), '__proto__'];

/** Scrip's envelope, and nothing else in it (scrip.md 5). */
export function scripRefuses({ status, body }: Answer, what: string, statuses = [400]): void {
  expect(statuses, what).toContain(status);
  expect(body, what).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), message: expect.stringMatching(/./) });
  expect(
    Object.keys(body).filter(key => !['code', 'message', 'details'].includes(key)),
    what,
  ).toEqual([]);
}

/** TrustPager's envelope (trustpager.md 4). */
export function trustpagerRefuses({ status, body }: Answer, what: string, statuses = [400, 422]): void {
  expect(statuses, what).toContain(status);
  expect(Object.keys(body ?? {}), what).toEqual(['error']);
  expect(body.error, what).toMatchObject({
    code: expect.stringMatching(/^[A-Z_]+$/),
    message: expect.stringMatching(/./),
    status,
  });
}
