// Reading Scrip over real HTTP: pages, filters, and answers that are not what was asked for (scrip.md sections 7 and 9).
import { describe, expect, test } from 'vitest';
import { scripReader } from '../../../src/vendors/scrip/reader.ts';
import { client, httpServer, json } from '../fault-server.ts';

const program = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f01';
const automation = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f02';

async function reading(answer: (url: URL, nth: number) => [number, unknown]) {
  const server = await httpServer((request, response, nth) =>
    json(response, ...answer(new URL(request.url ?? '', 'http://x'), nth)),
  );
  return {
    server,
    reader: scripReader(client(`${server.url}/v1`, { vendor: 'scrip' })),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe('listAutomations', () => {
  test('sends what is given, and reads a page', async () => {
    await using at = await reading(() => [
      200,
      {
        data: [{ id: automation, name: 'a' }, { name: 'no id' }, 5],
        pagination: { has_more: true, next_cursor: 'c2' },
      },
    ]);
    expect(
      await at.reader.listAutomations(program, { scope: 'program', search: 'a b&c', limit: 5, cursor: 'c1' }),
    ).toEqual({
      rows: [{ id: automation, name: 'a' }],
      next_cursor: 'c2',
    });
    expect(at.server.requests[0]?.url).toBe(
      `/v1/programs/${program}/automations?scope=program&search=a+b%26c&limit=5&cursor=c1`,
    );
  });

  test.each([
    [{ has_more: false, next_cursor: 'c2' }],
    [{ has_more: true }],
    [{ has_more: true, next_cursor: '' }],
    [{ has_more: true, next_cursor: 'c1' }],
    [undefined],
    ['?'],
  ])('ends with %j', async pagination => {
    await using at = await reading(() => [200, { data: [], pagination }]);
    expect(await at.reader.listAutomations(program, { cursor: 'c1' })).toEqual({ rows: [] });
  });

  test('refuses an answer without a list, and an id that is none', async () => {
    await using at = await reading(() => [200, { items: [] }]);
    await expect(at.reader.listAutomations(program)).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'unavailable',
    });
    await expect(at.reader.listAutomations('../admin')).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'invalid_input',
    });
    expect(at.server.requests).toHaveLength(1);
  });
});

describe('getAutomation', () => {
  test('reads the bare object', async () => {
    await using at = await reading(() => [200, { id: automation.toUpperCase(), status: 'active' }]);
    expect(await at.reader.getAutomation(program, automation)).toMatchObject({ status: 'active' });
    expect(at.server.requests[0]?.url).toBe(`/v1/programs/${program}/automations/${automation}`);
  });

  test.each([[{}], [{ id: program }], [{ data: { id: automation } }], [{ id: null }]])('refuses %j', async body => {
    await using at = await reading(() => [200, body]);
    await expect(at.reader.getAutomation(program, automation)).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'unavailable',
    });
  });

  test('not found is told as such', async () => {
    await using at = await reading(() => [404, { code: 'not_found', message: 'no such automation' }]);
    await expect(at.reader.getAutomation(program, automation)).rejects.toMatchObject({
      outcome: 'not_sent',
      code: 'not_found',
    });
  });
});

test('listPrograms reads every page, and stops where a vendor would never end', async () => {
  await using at = await reading(url => {
    const page = Number(url.searchParams.get('cursor') ?? '1');
    return [
      200,
      {
        data: [{ id: `p${page}`, name: 'P', status: 'ACTIVE' }],
        pagination: { has_more: page < 3, next_cursor: String(page + 1) },
      },
    ];
  });
  expect((await at.reader.listPrograms()).map(({ id }) => id)).toEqual(['p1', 'p2', 'p3']);
  await using endless = await reading((_, nth) => [
    200,
    { data: [{ id: `p${nth}` }], pagination: { has_more: true, next_cursor: `c${nth}` } },
  ]);
  expect(await endless.reader.listPrograms()).toHaveLength(5);
});
