// Reading TrustPager over real HTTP: pages, the whole automation, prices and credits (trustpager.md sections 4, 5, 7 and 9).
import { afterEach, describe, expect, test, vi } from 'vitest';
import { trustpagerReader } from '../../../src/vendors/trustpager/reader.ts';
import { client, httpServer, json } from '../fault-server.ts';

async function reading(answer: (url: URL, nth: number) => [number, unknown]) {
  const server = await httpServer((request, response, nth) =>
    json(response, ...answer(new URL(request.url ?? '', 'http://x'), nth)),
  );
  const http = client(server.url);
  return { server, http, reader: trustpagerReader(http), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('pages', () => {
  test('the cursor goes as "after"; pagination in its own field or in meta', async () => {
    await using at = await reading((_, nth) => [
      200,
      nth === 1
        ? { data: [{ id: 'a1' }], pagination: { has_more: true, next_cursor: 'c1' } }
        : {
            data: [{ id: 'a2' }, { name: 'no id' }],
            meta: { has_more: false, next_cursor: 'c2', credits_remaining: 7 },
          },
    ]);
    expect(await at.reader.listAutomations({ limit: 5 })).toEqual({ rows: [{ id: 'a1' }], next_cursor: 'c1' });
    expect(await at.reader.listAutomations({ limit: 5, cursor: 'c1' })).toEqual({ rows: [{ id: 'a2' }] });
    expect(at.server.requests.map(({ url }) => url)).toEqual(['/automations?limit=5', '/automations?limit=5&after=c1']);
  });

  test('a vendor that ignores the cursor ends the list, and says so', async () => {
    await using at = await reading((_, nth) => [
      200,
      { data: [{ id: 'a1' }], pagination: { has_more: true, next_cursor: `c${nth}` } },
    ]);
    const first = await at.reader.listAutomations();
    expect(await at.reader.listAutomations({ cursor: first.next_cursor ?? '' })).toEqual({
      rows: [],
      note: expect.stringContaining('same page again'),
    });
    // Asking for the first page again is no loop.
    expect(await at.reader.listAutomations()).toMatchObject({ rows: [{ id: 'a1' }] });
  });

  test('a cursor that leads to itself ends the list', async () => {
    await using at = await reading(() => [
      200,
      { data: [{ id: 'a9' }], pagination: { has_more: true, next_cursor: 'c1' } },
    ]);
    expect(await at.reader.listAutomations({ cursor: 'c1' })).toEqual({ rows: [{ id: 'a9' }] });
  });

  test('runs carry the automation they belong to, and two lists do not confuse each other', async () => {
    await using at = await reading(() => [
      200,
      { data: [{ id: 'r1', status: 'completed' }], pagination: { has_more: true, next_cursor: 'c1' } },
    ]);
    expect(await at.reader.listRuns('a1')).toEqual({
      rows: [{ automation_id: 'a1', run_id: 'r1', status: 'completed', action_results: [] }],
      next_cursor: 'c1',
    });
    expect((await at.reader.listRuns('a2', { cursor: 'c1' })).rows).toHaveLength(1);
    await expect(at.reader.listRuns('a/b')).rejects.toMatchObject({ code: 'invalid_input' });
  });

  test('without a list nothing is taken for empty', async () => {
    await using at = await reading(() => [200, { data: { id: 'a1' } }]);
    await expect(at.reader.listAutomations()).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    await expect(at.reader.listRuns('a1')).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });
});

describe('getAutomation', () => {
  test('all in one answer', async () => {
    await using at = await reading(() => [
      200,
      { data: { id: 'a1', enabled: true, automations_triggers: [], automations_actions: [{ id: 'x', sequence: 1 }] } },
    ]);
    expect(await at.reader.getAutomation('a1')).toEqual({
      id: 'a1',
      enabled: true,
      triggers: [],
      actions: [{ id: 'x', sequence: 1 }],
    });
    expect(at.server.requests).toHaveLength(1);
  });

  test('what the answer lacks is read on its own', async () => {
    await using at = await reading(({ pathname }) => [
      200,
      pathname.endsWith('/triggers')
        ? { data: [{ id: 't1' }] }
        : pathname.endsWith('/actions')
          ? {
              data: [
                { id: 'x2', sequence: 2 },
                { id: 'x1', sequence: 1 },
              ],
            }
          : { data: { id: 'a1' } },
    ]);
    const automation = await at.reader.getAutomation('a1');
    expect(automation.triggers).toEqual([{ id: 't1' }]);
    expect(automation.actions.map(({ id }) => id)).toEqual(['x1', 'x2']);
    expect(at.server.requests.map(({ url }) => url).toSorted()).toEqual([
      '/automations/a1',
      '/automations/a1/actions',
      '/automations/a1/triggers',
    ]);
  });

  test('an automation that is not whole is not given', async () => {
    await using at = await reading(({ pathname }) =>
      pathname.endsWith('/actions') ? [500, {}] : [200, { data: pathname.endsWith('/triggers') ? [] : { id: 'a1' } }],
    );
    await expect(at.reader.getAutomation('a1')).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
    await using other = await reading(() => [200, { data: { id: 'a2' } }]);
    await expect(other.reader.getAutomation('a1')).rejects.toMatchObject({ outcome: 'not_sent', code: 'unavailable' });
  });
});

test('getRun refuses another run', async () => {
  await using at = await reading(({ pathname }) => [
    200,
    { data: { run_id: pathname.endsWith('r1') ? 'r1' : 'r9', status: 'completed' } },
  ]);
  expect(await at.reader.getRun('r1')).toMatchObject({ run_id: 'r1', status: 'completed' });
  expect(at.server.requests[0]?.url).toBe('/automations/runs/r1');
  await expect(at.reader.getRun('r2')).rejects.toMatchObject({ code: 'unavailable' });
});

describe('prices', () => {
  test('are read once in five minutes, also when asked for at once', async () => {
    await using at = await reading(() => [200, { data: [{ feature_key: 'send_sms', credits_per_use: 5 }] }]);
    const [one, two] = await Promise.all([at.reader.prices(), at.reader.prices()]);
    expect(one?.credits.get('send_sms')).toBe(5);
    expect(two).toBe(one);
    expect(at.server.requests.map(({ url }) => url)).toEqual(['/billing/pricing']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 });
    expect(await at.reader.prices()).not.toBe(one);
    expect(at.server.requests).toHaveLength(2);
  });

  test.each([401, 403, 404])('%i: unknown, and not asked again for five minutes', async status => {
    await using at = await reading(() => [status, { error: { code: 'X', message: 'no' } }]);
    expect(await at.reader.prices()).toBeUndefined();
    expect(await at.reader.prices()).toBeUndefined();
    expect(at.server.requests).toHaveLength(1);
  });

  test('any other failure is told, and not kept', async () => {
    await using at = await reading((_, nth) => (nth === 1 ? [500, {}] : [200, { data: [] }]));
    await expect(at.reader.prices()).rejects.toMatchObject({ code: 'unavailable' });
    expect((await at.reader.prices())?.credits.size).toBe(0);
  });
});

test('creditsRemaining is what the last reply said, reads, refusals and writes alike', async () => {
  const bodies: [number, unknown][] = [
    [200, { data: [], meta: { credits_remaining: 100 } }],
    [200, { data: {}, meta: { credits_remaining: 90 } }],
    [200, { data: [], meta: {} }],
    [403, { error: { code: 'INSUFFICIENT_CREDITS', message: 'no' }, meta: { credits_remaining: 0 } }],
    [200, { data: [], meta: { credits_remaining: 'many' } }],
  ];
  await using at = await reading((_, nth) => bodies[nth - 1] ?? [500, {}]);
  expect(at.reader.creditsRemaining()).toBeUndefined();
  await at.reader.listAutomations();
  expect(at.reader.creditsRemaining()).toMatchObject({ credits: 100 });
  await at.http.write({ method: 'POST', path: '/automations/a1/trigger', pace: 'run' });
  expect(at.reader.creditsRemaining()).toMatchObject({ credits: 90, at: expect.any(Number) });
  await at.reader.listAutomations();
  expect(at.reader.creditsRemaining()).toMatchObject({ credits: 90 });
  await expect(at.reader.listAutomations()).rejects.toThrow();
  expect(at.reader.creditsRemaining()).toMatchObject({ credits: 0 });
  await at.reader.listAutomations();
  expect(at.reader.creditsRemaining()).toMatchObject({ credits: 0 });
});
