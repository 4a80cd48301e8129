// A write that TrustPager holds until one of its own people decides; read here and never answered (trustpager.md 4.1).
import { bounded } from '../bounded.ts';
import { count, given, id, present, word } from '../fields.ts';
import type { Json, JsonObject } from '../types.ts';
import { unwrapped } from './automation.ts';

export interface Approval {
  approval_id: string;
  /** `pending`, `approved`, `rejected`, `expired`, `executed` or `failed`; anything else is not documented. */
  status: string;
  /** An HTTP status, in the one example there is: `approved` alone does not say that the write went well. */
  execution_status?: number | string;
  /** Cut to size. */
  execution_result?: Json;
  reason?: string;
  expires_at?: string;
  resolved_at?: string;
}

/** Wrapped in `data` or not; undefined where it names no id or no status. Never throws. */
export function parseApproval(body: JsonObject): Approval | undefined {
  const row = unwrapped(body);
  const approval_id = id(row.approval_id) ?? id(row.id);
  const status = id(row.status);
  if (approval_id === undefined || status === undefined) return undefined;
  const result = given(row.execution_result);
  return present({
    approval_id,
    status,
    execution_status: count(row.execution_status) ?? word(row.execution_status),
    execution_result: result === undefined ? undefined : bounded(result),
    reason: word(row.reason),
    expires_at: word(row.expires_at),
    resolved_at: word(row.resolved_at),
  });
}
