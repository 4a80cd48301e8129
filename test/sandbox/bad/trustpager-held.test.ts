// The approval queue and the headers of TrustPager with values that do not belong there.
import { describe, expect, it } from 'vitest';
import { TRUSTPAGER_AUTOMATIONS as ID, TRUSTPAGER_KEYS as KEY } from '../../../src/sandbox/index.ts';
import { type Json, useSandbox } from '../fixtures.ts';
import { LONG, trustpagerRefuses } from './odd.ts';

const talk = useSandbox();

describe('an approval', () => {
  const NO_TEXT: Json[] = [5, true, [], {}, null];
  it.each<[string, string, Json[], Json]>([
    ['reject', 'reason', NO_TEXT, {}],
    ['assign', 'primary_assignee_id', [...NO_TEXT, undefined], {}],
    ['assign', 'secondary_assignee_id', NO_TEXT, { primary_assignee_id: 'a' }],
    ['edit', 'request_body', ['x', 5, true, [], null, undefined], {}],
  ])('%s: %s', async (action, field, values, right) => {
    const held = await talk().trustpager('POST', `/automations/${ID.bigJob}/disable`, undefined, KEY.approval);
    const path = `/approvals/${held.body.approval_id}`;
    for (const value of values) {
      const answer = await talk().trustpager('POST', `${path}/${action}`, { ...right, [field]: value });
      trustpagerRefuses(answer, `${field} ${JSON.stringify(value)}`, [400]);
      expect(answer.body.error.message).toContain(field);
    }
    for (const text of ['{', '[]', 'null', '5'])
      trustpagerRefuses(await talk().trustpager('POST', `${path}/${action}`, text), text, [400]);
    expect((await talk().trustpager('GET', path)).body.data).toMatchObject({
      status: 'pending',
      primary_assignee_id: null,
    });
  });

  it('of a body that cannot be read is not made', async () => {
    const count = async () => (await talk().trustpager('GET', '/approvals?status=all&limit=100')).body.data.length;
    const before = await count();
    for (const text of ['{', '[]', '5'])
      trustpagerRefuses(await talk().trustpager('POST', '/automations', text, KEY.approval), text, [400]);
    expect(await count()).toBe(before);
  });
});

describe('headers', () => {
  it.each([
    '',
    'Bearer',
    'Bearer ',
    'bearer x',
    'Basic x',
    `Bearer ${LONG.repeat(20)}`,
    'Bearer __proto__',
    'Bearer a b',
  ])('Authorization: %j', async authorization => {
    const answer = await talk().trustpager('GET', '/automations', undefined, undefined, { authorization });
    trustpagerRefuses(answer, authorization, [401]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="trustpager"');
  });

  it('an Idempotency-Key may be anything', async () => {
    for (const key of [' ', '__proto__', 'constructor', LONG.repeat(20), '"quoted"', '0'])
      for (const name of ['First', 'Second']) {
        const answer = await talk().trustpager('POST', '/automations', { name, trigger_type: 'manual' }, undefined, {
          'idempotency-key': key,
        });
        // A blank one is none; under any other the second body is a conflict.
        if (name === 'First' || key === ' ') expect(answer.status, key).toBe(201);
        else trustpagerRefuses(answer, key, [409]);
      }
  });
});
