// Reading Scrip's programs, subscriptions and events over real HTTP (scrip.md 9.9 and section 10).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEvent, parseSubscription } from '../../../src/vendors/scrip/history.ts';
import { scripReader } from '../../../src/vendors/scrip/reader.ts';
import type { JsonObject } from '../../../src/vendors/types.ts';
import { client, httpServer, json } from '../fault-server.ts';

const program = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f01';
const automation = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f02';

async function reading(answer: () => [number, unknown]) {
  const server = await httpServer((_, response) => json(response, ...answer()));
  return {
    server,
    reader: scripReader(client(`${server.url}/v1`, { vendor: 'scrip' })),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('getProgram', () => {
  test('reads the bare object', async () => {
    await using at = await reading(() => [200, { id: program, name: 'Points', status: 'ACTIVE', description: 'x' }]);
    expect(await at.reader.getProgram(program)).toEqual({ id: program, name: 'Points', status: 'ACTIVE' });
    expect(at.server.requests).toMatchObject([{ method: 'GET', url: `/v1/programs/${program}`, body: '' }]);
  });

  test.each([{}, { id: automation }, { id: 5 }])('refuses %j', async body => {
    await using at = await reading(() => [200, body]);
    await expect(at.reader.getProgram(program)).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });
});

describe('listSubscriptions', () => {
  test('sends what is given, and reads a page', async () => {
    const row = {
      id: 's1',
      automation_id: automation,
      participant_id: 'p1',
      status: 'active',
      created_at: '2026-01-01T00:00:00Z',
      next_trigger_at: '2026-02-01T00:00:00Z',
      last_triggered_at: null,
      last_error: 'timeout',
      retry_count: 1,
      trigger_count: 4,
    };
    await using at = await reading(() => [200, { data: [row], pagination: { has_more: true, next_cursor: 'c2' } }]);
    const { automation_id: _, last_triggered_at: __, ...kept } = row;
    expect(
      await at.reader.listSubscriptions(program, automation, { status: 'active', limit: 2, cursor: 'c1' }),
    ).toEqual({
      rows: [kept],
      next_cursor: 'c2',
    });
    expect(at.server.requests[0]?.url).toBe(
      `/v1/programs/${program}/automations/${automation}/subscriptions?status=active&limit=2&cursor=c1`,
    );
  });

  test('empty for other kinds, refused where there is no list or no id', async () => {
    await using at = await reading(() => [200, { data: [] }]);
    expect(await at.reader.listSubscriptions(program, automation)).toEqual({ rows: [] });
    await expect(at.reader.listSubscriptions(program, 'x')).rejects.toMatchObject({ code: 'invalid_input' });
    await using odd = await reading(() => [200, { subscriptions: [] }]);
    await expect(odd.reader.listSubscriptions(program, automation)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('listEvents', () => {
  test('sends what is given, and normalises rows', async () => {
    const event = {
      id: 'e1',
      program_id: program.toUpperCase(),
      participant_id: 'p1',
      external_id: 'x',
      event_type: 'SYSTEM',
      event_data: { type: 'weekly_digest', points: 5 },
      event_timestamp: '2026-01-01T00:00:00Z',
      status: 'FAILED',
      error_message: 'no rule',
      created_at: '2026-01-01T00:00:01Z',
    };
    await using at = await reading(() => [200, { data: [event], pagination: { has_more: true, next_cursor: 'c2' } }]);
    expect(
      await at.reader.listEvents({
        program_id: program,
        from: '2026-01-01T00:00:00Z',
        to: '2026-01-02T00:00:00+02:00',
        limit: 200,
      }),
    ).toEqual({
      rows: [
        {
          id: 'e1',
          participant_id: 'p1',
          event_type: 'SYSTEM',
          event_name: 'weekly_digest',
          event_data: { type: 'weekly_digest', points: 5 },
          status: 'FAILED',
          error_message: 'no rule',
          created_at: '2026-01-01T00:00:01Z',
          event_timestamp: '2026-01-01T00:00:00Z',
        },
      ],
      next_cursor: 'c2',
    });
    expect(at.server.requests[0]?.url).toBe(
      `/v1/events?program_id=${program}&from=2026-01-01T00%3A00%3A00Z&to=2026-01-02T00%3A00%3A00%2B02%3A00&limit=200`,
    );
  });

  test('rows of another program are never shown as this one’s', async () => {
    await using at = await reading(() => [
      200,
      { data: [{ id: 'e1', program_id: automation }, { id: 'e2' }, { id: 'e3', program_id: program }] },
    ]);
    expect((await at.reader.listEvents({ program_id: program })).rows.map(({ id }) => id)).toEqual(['e2', 'e3']);
  });

  test('the program must be one', async () => {
    await using at = await reading(() => [200, { data: [] }]);
    await expect(at.reader.listEvents({ program_id: '' })).rejects.toMatchObject({ code: 'invalid_input' });
    expect(at.server.requests).toHaveLength(0);
  });
});

test('whatever a row holds, parsing it never throws', () => {
  const key = fc.oneof(
    fc.constantFrom('id', 'participant_id', 'event_data', 'status', 'trigger_count', 'last_error'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), row => {
      for (const parsed of [parseEvent(row as JsonObject), parseSubscription(row as JsonObject)])
        expect(Object.values(parsed)).not.toContain(undefined);
    }),
  );
});
