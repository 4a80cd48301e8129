// The queue of writes that a key may only propose: held with 202 until a person decides (trustpager.md 4.1).
import { randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { isObject } from '../json.ts';
import { slice } from '../paging.ts';
import type { Capability } from './access.ts';
import { paging } from './envelope.ts';
import { conflict, notFound, validationError } from './errors.ts';
import type { Guards, TrustPagerEnv } from './gate.ts';
import { readQuery } from './query.ts';
import { approvalRow } from './rows.ts';
import type { Approval, Key, TrustPagerState, Workspace } from './state.ts';

/** silent: how long an approval stays open; a week here. */
const OPEN_MS = 7 * 86_400_000;
const STATUSES = ['pending', 'approved', 'rejected', 'expired', 'executed', 'failed', 'all'] as const;

export function holdForApproval(
  state: TrustPagerState,
  key: Key,
  capability: Capability,
  c: Context,
  body: unknown,
): Approval {
  const now = state.clock.now();
  const path = new URL(c.req.url).pathname;
  const approval: Approval = {
    order: state.made++,
    id: randomUUID(),
    api_key_id: key.id,
    scopes: key.scopes,
    resource: capability.startsWith('dispatcher:') ? 'dispatcher' : 'automations',
    action: capability.replace('dispatcher:', ''),
    method: c.req.method,
    path,
    status: 'pending',
    request_body: body,
    target_id: /^\/(?:automations|scheduled-communications)\/([^/]+)/.exec(path)?.[1] ?? null,
    created_at: now,
    expires_at: now + OPEN_MS,
    resolved_at: null,
    resolved_by: null,
    executed_at: null,
    primary_assignee_id: null,
  };
  key.workspace.approvals.set(approval.id, approval);
  return approval;
}

export function expireApprovals(workspace: Workspace, now: number): void {
  for (const approval of workspace.approvals.values())
    if (approval.status === 'pending' && approval.expires_at <= now) approval.status = 'expired';
}

export function addApprovalRoutes(app: Hono<TrustPagerEnv>, state: TrustPagerState, { may, body }: Guards): void {
  const found = (c: Context<TrustPagerEnv>) => {
    const approval = c.var.key.workspace.approvals.get(c.req.param('id') ?? '');
    if (!approval) throw notFound('Approval');
    return approval;
  };
  const open = (c: Context<TrustPagerEnv>) => {
    const approval = found(c);
    if (approval.status !== 'pending') throw conflict(`This approval is ${approval.status}`);
    return approval;
  };

  app.get('/approvals', may('approvals:read'), c => {
    const { workspace } = c.var.key;
    const { limit, after, before, text } = readQuery(c.req.query(), state.readings);
    const status = STATUSES.find(known => known === (text.status ?? 'pending'));
    if (!status) throw validationError(`status must be one of ${STATUSES.join(', ')}`);
    const rows = [...workspace.approvals.values()].filter(
      row =>
        (status === 'all' || row.status === status) && (text.resource === undefined || row.resource === text.resource),
    );
    const page = slice(rows, {
      by: row => row.created_at,
      order: row => row.order,
      descending: true,
      limit,
      after,
      before,
    });
    // This list carries its paging inside meta (trustpager.md 4).
    return c.json({
      data: page.rows.map(row => approvalRow(row, workspace.id)),
      meta: { credits_remaining: workspace.credits, ...paging(page, limit) },
    });
  });

  app.get('/approvals/:id', may('approvals:read'), c => {
    const { workspace } = c.var.key;
    return c.json({ data: approvalRow(found(c), workspace.id), meta: { credits_remaining: workspace.credits } });
  });

  // The held request goes through the front door again, with a key that lives for this one request.
  app.post('/approvals/:id/approve', may('approvals:write'), async c => {
    const approval = open(c);
    const { key } = c.var;
    const now = state.clock.now();
    Object.assign(approval, { status: 'approved', resolved_at: now, resolved_by: key.workspace.user.id });
    const secret = `approved-${randomUUID()}`;
    const scopes = approval.scopes.map(scope => scope.replace(/-approval$/, ''));
    state.keys.set(secret, {
      id: approval.api_key_id,
      secret,
      profile: 'approved',
      workspace: key.workspace,
      scopes,
      used: [],
    });
    const response = await app.request(approval.path, {
      method: approval.method,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      ...(approval.request_body === undefined || approval.method === 'DELETE'
        ? {}
        : { body: JSON.stringify(approval.request_body) }),
    });
    state.keys.delete(secret);
    const text = await response.text();
    approval.status = response.ok ? 'executed' : 'failed';
    approval.executed_at = state.clock.now();
    // Unwrapped (trustpager.md 4).
    return c.json({
      approval_id: approval.id,
      status: 'approved',
      execution_status: response.status,
      execution_result: text === '' ? null : JSON.parse(text),
    });
  });

  app.post('/approvals/:id/reject', may('approvals:write'), async c => {
    const approval = open(c);
    const { reason } = await body(c);
    if (reason !== undefined && typeof reason !== 'string') throw validationError('reason must be a string');
    Object.assign(approval, {
      status: 'rejected',
      resolved_at: state.clock.now(),
      resolved_by: c.var.key.workspace.user.id,
    });
    return c.json({ approval_id: approval.id, status: 'rejected' });
  });

  app.post('/approvals/:id/assign', may('approvals:write'), async c => {
    const approval = open(c);
    const { primary_assignee_id, secondary_assignee_id } = await body(c);
    if (typeof primary_assignee_id !== 'string') throw validationError('primary_assignee_id must be a string');
    if (secondary_assignee_id !== undefined && typeof secondary_assignee_id !== 'string')
      throw validationError('secondary_assignee_id must be a string');
    approval.primary_assignee_id = primary_assignee_id;
    return c.json({ approval_id: approval.id, status: approval.status });
  });

  app.post('/approvals/:id/edit', may('approvals:write'), async c => {
    const approval = open(c);
    const { request_body } = await body(c);
    if (!isObject(request_body)) throw validationError('request_body must be an object');
    approval.request_body = request_body;
    return c.json({ approval_id: approval.id, status: approval.status });
  });
}
