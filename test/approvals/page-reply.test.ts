// What every answer of an approval page carries: the headers that keep other pages out, and the end of a connection that sends too much.
import { expect, test } from 'vitest';
import { broke, nothing, page, refusal } from '../../src/approvals/page-reply.ts';
import { textOf } from './page-visitor.ts';

test.each([
  [page(200, 'x'), 200],
  [nothing(), 404],
  [broke(), 500],
  [refusal({ status: 403, reason: 'Another page sent this.' }), 403],
])('nothing of it is kept, framed or run elsewhere: %#', (answer, status) => {
  const { 'content-security-policy': policy = '', ...headers } = Object.fromEntries(answer.headers);
  expect(answer.status).toBe(status);
  expect(policy.replaceAll(/'sha256-[\w+/=]+'/g, "'sha256-…'")).toBe(
    "default-src 'none'; style-src 'sha256-…'; script-src 'sha256-…'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  expect(headers).toEqual({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
});

test('a refusal says why and that nothing was approved; one of too much ends the connection, one of a method names the others', async () => {
  const long = refusal({ status: 413, reason: 'That is too long.' });
  expect([long.headers.get('connection'), long.headers.get('allow')]).toEqual(['close', null]);
  const method = refusal({ status: 405, reason: 'No.', allow: 'GET' });
  expect([method.headers.get('connection'), method.headers.get('allow')]).toEqual([null, 'GET']);
  expect(textOf(await long.text())).toContain('Refused That is too long. Nothing was approved.');
});
