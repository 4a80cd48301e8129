// How every approval page answers: the headers that keep other pages out, and the few pages that say no more than a sentence.
import { type Framing, noticePage } from './page-frame.ts';
import type { Refused } from './page-guard.ts';
import { allowed, css, js } from './page-look.ts';

const policy = [
  "default-src 'none'",
  `style-src ${allowed(css)}`,
  `script-src ${allowed(js)}`,
  'img-src data:',
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** On every answer, refusals included. */
const headers: Record<string, string> = {
  'content-security-policy': policy,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export const page = (code: number, html: string, more: Record<string, string> = {}): Response =>
  new Response(html, { status: code, headers: { ...headers, ...more } });

/**
 * A page with `no-referrer` posts its forms with `Origin: null`, which says nothing of where they come from. With `same-origin` no
 * other site is told anything either, and the post that decides names its origin.
 */
export const namesItsOrigin = { 'referrer-policy': 'same-origin' };

/** A bar of its own holds the form of signing out. */
export const withBar = ({ bar }: Framing): Record<string, string> => (bar === undefined ? {} : namesItsOrigin);

/** One page for whatever is not there: an unknown place, a wrong secret, a cookie that is another's, a question that is. */
export const nothing = (framing?: Framing): Response =>
  page(404, noticePage('Nothing here', 'There is no such page, or not for this browser.', framing));

export const broke = (framing?: Framing): Response =>
  page(500, noticePage('Not now', 'Something in this server broke. Nothing was approved.', framing));

export function refusal({ status: code, reason, allow }: Refused, framing?: Framing): Response {
  const more = { ...(allow ? { allow } : {}), ...(code === 413 ? { connection: 'close' } : {}) };
  return page(code, noticePage('Refused', `${reason} Nothing was approved.`, framing), more);
}
