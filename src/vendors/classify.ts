// Turns what became of a write into its receipt, by what the vendor may have done (reliability.md R1 and P2; trustpager.md 4.1).
import { id, isObject } from './fields.ts';
import { isError, refusal, titles } from './refusal.ts';
import { clean, quote } from './text.ts';
import type { JsonObject, Receipt, Sent, VendorName, VendorRequest } from './types.ts';

/** Where a person decides about a write that TrustPager holds. */
const approvals = 'https://app.trustpager.com/settings/api?tab=approvals';

/** The three places where the approval's id has been seen (trustpager.md 4.1). */
const approvalId = (body: JsonObject | undefined): string | undefined =>
  id(body?.approval_id) ?? id(body?.id) ?? (isObject(body?.data) ? id(body.data.approval_id) : undefined);

function held(status: number, body: JsonObject | undefined): Receipt {
  const approval = approvalId(body);
  return {
    outcome: 'pending',
    code: 'held_by_vendor',
    reason: `TrustPager holds it for its own approval${approval ? ` ${quote(approval, 80)}` : ', whose id it did not name'}; nothing has run yet. A person decides at ${approvals}.`,
    status,
    body,
  };
}

/**
 * `request` is what was sent; with it a Scrip trigger's 400 is told as a precondition, and an empty answer to a run as unknown. Only an
 * understood 2xx is `done`, only a 4xx is `rejected`; all else that may have left is `unknown`.
 */
export function classify(vendor: VendorName, sent: Sent, request?: VendorRequest): Receipt {
  const title = titles[vendor];
  if (sent.kind === 'unknown') return { outcome: 'unknown', code: 'outcome_unknown', reason: sent.reason };
  if (sent.kind === 'not_sent') {
    const { reason, retry_after_s } = sent;
    return retry_after_s === undefined
      ? { outcome: 'not_sent', code: 'unavailable', reason }
      : { outcome: 'not_sent', code: 'rate_limited', reason, retry_after_s };
  }
  const { status, body } = sent.reply;
  const unknown = (why: string): Receipt => ({
    outcome: 'unknown',
    code: 'outcome_unknown',
    reason: `${title} ${why}; it may or may not have run.`,
    status,
    body,
  });

  if (status >= 200 && status < 300) {
    if (vendor === 'trustpager' && status === 202) return held(status, body);
    if (isError(body)) return unknown(`answered ${status} and an error at once`);
    // A run's answer carries what ran (trustpager.md 6.1); without it nothing is known of the run.
    if (body === undefined && request?.pace === 'run') return unknown(`answered ${status} without saying what ran`);
    return { outcome: 'done', status, body };
  }
  const { code, said } = refusal(status, body);
  const answer = [status, said].filter(Boolean).join(' ');
  // 408 and 499 come from gateways that gave up waiting, perhaps for a vendor that had begun.
  if (status >= 400 && status < 500 && status !== 408 && status !== 499) {
    // The one thing that a trigger without a body can be refused for with 400 (scrip.md section 5 and 9.6).
    const state = vendor === 'scrip' && status === 400 && request?.path.endsWith('/trigger') === true;
    return {
      outcome: 'rejected',
      code: state ? 'precondition_failed' : code,
      reason: `${title} refused it (${clean(answer, 1200)}); nothing ran.`,
      status,
      body,
      ...(sent.retry_after_s === undefined ? {} : { retry_after_s: sent.retry_after_s }),
    };
  }
  return unknown(`answered ${answer}`);
}
