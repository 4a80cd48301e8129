// Paths and queries of Scrip's that lead nowhere: the documented envelope, with the parameter named.
import { describe, expect, it } from 'vitest';
import { SCRIP_AUTOMATIONS as ID, SCRIP_PROGRAMS, uuidOf } from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, useSandbox } from '../fixtures.ts';
import { LONG, scripRefuses } from './odd.ts';

const talk = useSandbox();

describe('paths', () => {
  const bad = [
    'x',
    '0',
    '%00',
    '..%2f..',
    encodeURIComponent(LONG),
    '%F0%9F%92%A7',
    uuidOf('nobody'),
    '__proto__',
    'constructor',
  ];
  const routes: [string, string][] = [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/trigger'],
    ['POST', '/cancel'],
    ['POST', '/refresh-subscriptions'],
    ['GET', '/subscriptions'],
  ];
  it.each(routes)('%s an automation%s', async (method, rest) => {
    for (const id of bad) {
      const body = method === 'PATCH' ? {} : undefined;
      scripRefuses(await talk().scrip(method, `${AUTOMATIONS}/${id}${rest}`, body), id, [400, 404]);
      const elsewhere = `/programs/${id}/automations/${ID.weeklyDigest}${rest}`;
      scripRefuses(await talk().scrip(method, elsewhere, body), id, [400, 404]);
    }
    const closed = `/programs/${SCRIP_PROGRAMS.closed}/automations/${ID.weeklyDigest}${rest}`;
    scripRefuses(
      await talk().scrip(method, closed, method === 'PATCH' ? {} : undefined),
      'another program',
      [403, 404],
    );
  });

  it('that lead nowhere', async () => {
    for (const path of ['/nowhere', '/automations', '/programs/x/y/z', `${AUTOMATIONS}/a/b/c`, '/%00'])
      scripRefuses(await talk().scrip('GET', path), path, [400, 404]);
    for (const method of ['PUT', 'OPTIONS', 'DELETE'])
      scripRefuses(await talk().scrip(method, AUTOMATIONS), method, [404]);
    for (const id of bad) scripRefuses(await talk().scrip('GET', `/programs/${id}`), id, [400, 404]);
  });
});

describe('queries', () => {
  const NUMBERS = ['0', '201', '-1', '1.5', 'x', '', '1e3', '99999', ' 5', '٥'];
  const CURSORS = [
    'x',
    '0',
    'e30',
    Buffer.from('["k",{},1]').toString('base64url'),
    Buffer.from('["k"]').toString('base64url'),
    LONG,
  ];
  const CHOICE = ['other', 'Active', '💧', LONG];
  const TIMES = ['tomorrow', '2026-02-31T00:00:00Z', '5', LONG];
  const lists: [string, Record<string, string[]>][] = [
    ['/programs', { limit: NUMBERS, cursor: CURSORS, include_archived: CHOICE, sort_by: CHOICE, sort_dir: CHOICE }],
    [
      AUTOMATIONS,
      { limit: NUMBERS, cursor: CURSORS, trigger_type: CHOICE, scope: CHOICE, status: CHOICE, source: CHOICE },
    ],
    [`${AUTOMATIONS}/${ID.birthdayTreat}/subscriptions`, { limit: NUMBERS, cursor: CURSORS, status: CHOICE }],
    [
      '/events',
      {
        limit: NUMBERS,
        cursor: CURSORS,
        program_id: ['x', LONG],
        participant_id: ['x'],
        rule_id: ['x'],
        status: CHOICE,
        event_type: CHOICE,
        sort_by: CHOICE,
        sort_dir: CHOICE,
        from: TIMES,
        to: TIMES,
        event_from: TIMES,
        event_to: TIMES,
      },
    ],
  ];
  it.each(lists)('%s', async (path, fields) => {
    for (const [name, values] of Object.entries(fields))
      for (const value of values) {
        const answer = await talk().scrip('GET', `${path}?${new URLSearchParams({ [name]: value })}`);
        scripRefuses(answer, `${name}=${value}`);
        expect(answer.body.details[0].field, `${name}=${value}`).toBe(name);
      }
  });
});
