// The receipt of a write, by what the vendor may have done: a table over both vendors (reliability.md R1, P2).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codes } from '../../src/errors.ts';
import { classify } from '../../src/vendors/classify.ts';
import type { JsonObject, Sent, VendorName, VendorRequest } from '../../src/vendors/types.ts';

const answered = (status: number, body?: JsonObject, retry_after_s?: number): Sent => ({
  kind: 'answered',
  reply: { status, body },
  ...(retry_after_s === undefined ? {} : { retry_after_s }),
});
const tp = (code: string, message = 'said so', more: JsonObject = {}): JsonObject => ({
  error: { code, message, ...more },
});
const trigger: VendorRequest = { method: 'POST', path: '/programs/p/automations/a/trigger', pace: 'write' };
const run: VendorRequest = { method: 'POST', path: '/automations/a/trigger', pace: 'run' };

describe('receipts', () => {
  test.each<[VendorName, Sent, string, string | undefined]>([
    ['scrip', answered(200, { id: 'x' }), 'done', undefined],
    ['scrip', answered(201, { id: 'x' }), 'done', undefined],
    ['scrip', answered(202, {}), 'done', undefined],
    ['scrip', answered(204), 'done', undefined],
    ['trustpager', answered(200, { data: {} }), 'done', undefined],
    ['trustpager', answered(204), 'done', undefined],
    ['trustpager', answered(202, { approval_id: 'ap_1' }), 'pending', 'held_by_vendor'],
    ['trustpager', answered(202), 'pending', 'held_by_vendor'],
    ['trustpager', answered(200, tp('INTERNAL_ERROR')), 'unknown', 'outcome_unknown'],
    ['scrip', answered(200, { code: 'unauthorized', message: 'no' }), 'unknown', 'outcome_unknown'],
    ['scrip', answered(200, { id: 'x', code: 'a', message: 'b' }), 'done', undefined],
    ['trustpager', answered(400, tp('MISSING_FIELDS')), 'rejected', 'invalid_input'],
    ['scrip', answered(400, { code: 'bad_request', message: 'no' }), 'rejected', 'invalid_input'],
    ['scrip', answered(401, { code: 'unauthorized', message: 'no' }), 'rejected', 'unauthenticated'],
    ['trustpager', answered(402), 'rejected', 'rejected'],
    ['scrip', answered(403, { code: 'forbidden', message: 'no' }), 'rejected', 'insufficient_scope'],
    ['trustpager', answered(403, tp('INSUFFICIENT_SCOPE')), 'rejected', 'insufficient_scope'],
    [
      'trustpager',
      answered(403, { error: { message: 'no', required_scopes: ['a:b'] } }),
      'rejected',
      'insufficient_scope',
    ],
    ['trustpager', answered(403, tp('INSUFFICIENT_CREDITS')), 'rejected', 'rejected'],
    ['trustpager', answered(403, tp('PLAN_REQUIRED')), 'rejected', 'rejected'],
    ['trustpager', answered(403), 'rejected', 'rejected'],
    ['trustpager', answered(404, tp('NOT_FOUND')), 'rejected', 'not_found'],
    ['trustpager', answered(409, tp('CONFLICT')), 'rejected', 'rejected'],
    ['trustpager', answered(422, tp('X')), 'rejected', 'invalid_input'],
    ['trustpager', answered(429, tp('RATE_LIMITED'), 12), 'rejected', 'rate_limited'],
    ['trustpager', answered(408), 'unknown', 'outcome_unknown'],
    ['trustpager', answered(499), 'unknown', 'outcome_unknown'],
    ['trustpager', answered(500, tp('INTERNAL_ERROR')), 'unknown', 'outcome_unknown'],
    ['scrip', answered(502), 'unknown', 'outcome_unknown'],
    ['scrip', answered(199, { id: 'x' }), 'unknown', 'outcome_unknown'],
    ['trustpager', answered(300, { data: {} }), 'unknown', 'outcome_unknown'],
    ['trustpager', answered(399), 'unknown', 'outcome_unknown'],
    ['scrip', { kind: 'unknown', reason: 'r' }, 'unknown', 'outcome_unknown'],
    ['scrip', { kind: 'not_sent', reason: 'r' }, 'not_sent', 'unavailable'],
    ['scrip', { kind: 'not_sent', reason: 'r', retry_after_s: 3 }, 'not_sent', 'rate_limited'],
  ])('%s %j is %s %s', (vendor, sent, outcome, code) => {
    const receipt = classify(vendor, sent);
    expect(receipt).toMatchObject({ outcome });
    expect(receipt.code).toBe(code);
    if (sent.kind === 'answered') expect(receipt).toMatchObject({ status: sent.reply.status, body: sent.reply.body });
    if (receipt.code) expect(codes).toContain(receipt.code);
  });

  test.each([
    [{ approval_id: 'ap_1' }, 'ap_1'],
    [{ id: 'ap_2' }, 'ap_2'],
    [{ data: { approval_id: 'ap_3' } }, 'ap_3'],
  ])('the approval of %j, and where a person decides', (body, approval) => {
    const { reason } = classify('trustpager', answered(202, body));
    expect(reason).toBe(
      `TrustPager holds it for its own approval "${approval}"; nothing has run yet. A person decides at https://app.trustpager.com/settings/api?tab=approvals.`,
    );
  });

  test('a Scrip trigger refused with 400 is a precondition; its words are shown', () => {
    const body = { code: 'x', message: 'Automation cannot be triggered (must be active and idle or cron+program)' };
    expect(classify('scrip', answered(400, body), trigger)).toMatchObject({
      outcome: 'rejected',
      code: 'precondition_failed',
      reason:
        'Scrip refused it (400 x, "Automation cannot be triggered (must be active and idle or cron+program)"); nothing ran.',
    });
    expect(classify('scrip', answered(404, body), trigger)).toMatchObject({ code: 'not_found' });
  });

  test('what else is refused with 400 is an input: another path, TrustPager’s trigger, a request that is not known', () => {
    const refused = (vendor: VendorName, request?: VendorRequest) =>
      classify(vendor, answered(400, { code: 'x', message: 'm' }), request).code;
    expect(refused('scrip', { ...trigger, path: '/programs/p/automations/a/trigger/x' })).toBe('invalid_input');
    expect(refused('scrip', { ...trigger, path: '/programs/p/automations/a' })).toBe('invalid_input');
    expect(refused('scrip')).toBe('invalid_input');
    expect(refused('trustpager', run)).toBe('invalid_input');
  });

  test('an empty answer to a run says nothing about the run', () => {
    expect(classify('trustpager', answered(200), run)).toEqual({
      outcome: 'unknown',
      code: 'outcome_unknown',
      reason: 'TrustPager answered 200 without saying what ran; it may or may not have run.',
      status: 200,
      body: undefined,
    });
    expect(classify('trustpager', answered(200, { data: {} }), run)).toMatchObject({ outcome: 'done' });
    expect(classify('trustpager', answered(204), { ...run, pace: 'write' })).toMatchObject({ outcome: 'done' });
  });

  test.each<[VendorName, Sent, string]>([
    [
      'trustpager',
      answered(202),
      'TrustPager holds it for its own approval, whose id it did not name; nothing has run yet. A person decides at https://app.trustpager.com/settings/api?tab=approvals.',
    ],
    ['scrip', answered(402), 'Scrip refused it (402); nothing ran.'],
    ['trustpager', answered(409, tp('CONFLICT')), 'TrustPager refused it (409 CONFLICT, "said so"); nothing ran.'],
    ['trustpager', answered(200, tp('X')), 'TrustPager answered 200 and an error at once; it may or may not have run.'],
    ['scrip', answered(502), 'Scrip answered 502; it may or may not have run.'],
    ['trustpager', answered(408), 'TrustPager answered 408; it may or may not have run.'],
    [
      'trustpager',
      answered(500, tp('INTERNAL_ERROR')),
      'TrustPager answered 500 INTERNAL_ERROR, "said so"; it may or may not have run.',
    ],
    ['scrip', { kind: 'unknown', reason: 'The connection broke.' }, 'The connection broke.'],
    ['scrip', { kind: 'not_sent', reason: 'Nobody listens.' }, 'Nobody listens.'],
  ])('says whether anything ran: %s %j', (vendor, sent, reason) => {
    expect(classify(vendor, sent).reason).toBe(reason);
  });

  test('how long to wait is passed on where the vendor says it, and is not there where not', () => {
    expect(classify('trustpager', answered(429, tp('RATE_LIMITED'), 12))).toHaveProperty('retry_after_s', 12);
    expect(classify('trustpager', answered(429, tp('RATE_LIMITED')))).not.toHaveProperty('retry_after_s');
    expect(classify('scrip', { kind: 'not_sent', reason: 'r', retry_after_s: 3 })).toHaveProperty('retry_after_s', 3);
    expect(classify('scrip', { kind: 'not_sent', reason: 'r' })).not.toHaveProperty('retry_after_s');
  });

  test('fix, hint, scopes, valid values and details are passed on, cleaned', () => {
    const body = tp('X', 'bad\nname', {
      fix: 'Use <b>',
      hint: 'h\u202eint',
      details: { available: ['a', 'b'] },
      required_scopes: ['s:1'],
    });
    expect(classify('trustpager', answered(422, body)).reason).toBe(
      'TrustPager refused it (422 X, "bad name", valid values: "a", "b", its fix: "Use ‹b>", its hint: "hint", required scopes: "s:1"); nothing ran.',
    );
    for (const details of [
      [{ field: 'amount', message: 'required' }],
      { field: 'amount', message: 'required' },
    ] as JsonObject[])
      expect(classify('scrip', answered(400, { code: 'x', message: 'm', details })).reason).toContain(
        '"amount: required"',
      );
  });
});

test('P2 R1: any status and any body: done only for 2xx, rejected only for 4xx, every reason on one line', () => {
  const json = fc.jsonValue().map(value => value as JsonObject);
  const body = fc.oneof(
    fc.constant(undefined),
    fc.dictionary(fc.string(), json),
    fc.record({
      error: fc.oneof(json, fc.record({ code: json, message: json, details: json, required_scopes: json, fix: json })),
    }),
    fc.record({ code: json, message: json, details: json }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom<VendorName>('scrip', 'trustpager'),
      fc.integer({ min: 200, max: 599 }),
      body,
      (vendor, status, body) => {
        const receipt = classify(vendor, answered(status, body as JsonObject | undefined));
        const kind = Math.floor(status / 100);
        if (receipt.outcome === 'done' || receipt.outcome === 'pending') expect(kind).toBe(2);
        if (receipt.outcome === 'rejected') expect(kind).toBe(4);
        if (kind === 3 || kind === 5) expect(receipt.outcome).toBe('unknown');
        expect(receipt.outcome).not.toBe('not_sent');
        if (receipt.outcome !== 'done') expect(receipt.reason).toMatch(/^[^\p{Cc}\p{Cf}]+\.$/u);
      },
    ),
    { numRuns: 2_000 },
  );
});
