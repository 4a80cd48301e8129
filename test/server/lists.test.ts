// Lists cost an agent what it asked for, however much there is: short rows, short ids that every tool takes, a cursor to go on.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import {
  SCRIP_AUTOMATIONS as SCRIP,
  SCRIP_PROGRAMS,
  TRUSTPAGER_AUTOMATIONS as TRUSTPAGER,
  TRUSTPAGER_RUNS,
} from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';

const rowsOf = (text: string): string[] => text.split('\n').filter(line => /^[0-9a-f]{8}/.test(line));
const tokens = (text: string): number => encode(text).length;

const lists: [string, Record<string, unknown>][] = [
  ['scrip_list_automations', {}],
  ['trustpager_list_automations', {}],
  ['trustpager_list_runs', { automation_id: TRUSTPAGER.welcomeSms }],
];

describe('lists', () => {
  test.each(lists)('%s: at most 17 tokens a row in concise form, ten rows by default', async (tool, args) => {
    await using f = await connect();
    const { text } = await f.call(tool, args);
    const rows = rowsOf(text);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(10);
    const mean = rows.reduce((sum, row) => sum + tokens(`${row}\n`), 0) / rows.length;
    expect(mean, rows.join('\n')).toBeLessThanOrEqual(17);
  });

  test.each<[string, Record<string, unknown>]>([
    ['scrip_list_subscriptions', { automation_id: SCRIP.birthdayTreat }],
    ['scrip_list_runs', { automation_id: SCRIP.weeklyDigest }],
    ['trustpager_describe_actions', {}],
    ['trustpager_describe_triggers', {}],
  ])('%s: at most 35 tokens a row, times as distances', async (tool, args) => {
    await using f = await connect();
    const { text } = await f.call(tool, args);
    const rows = text.split('\n').slice(1, -2);
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) expect(tokens(`${row}\n`), row).toBeLessThanOrEqual(35);
    expect(rows.join('\n')).not.toMatch(/\dT\d\d:\d\d.*\dT\d\d:\d\d/);
  });

  test('every page is another, none is missed, and fifty is the most', async () => {
    await using f = await connect();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { structured } = await f.call('scrip_list_automations', { limit: 4, ...(cursor ? { cursor } : {}) });
      seen.push(...structured.automations.map((row: { automation_id: string }) => row.automation_id));
      cursor = structured.next_cursor;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    const { structured } = await f.call('scrip_list_automations', { limit: 50 });
    expect(structured.automations.map((row: { automation_id: string }) => row.automation_id)).toEqual(seen);
    expect((await f.call('scrip_list_automations', { limit: 51 })).structured.code).toBe('invalid_input');
  });

  test('a short id is taken by every tool once it was listed, and the whole id is what is asked, sent and told', async () => {
    const shown: string[] = [];
    await using f = await connect({
      person: async message => {
        shown.push(message);
        return yes(message);
      },
    });
    await f.call('scrip_list_automations', { limit: 50 });
    await f.call('trustpager_list_automations', { limit: 50 });
    const short = (id: string) => id.slice(0, 8);
    expect(
      (await f.call('scrip_get_automation', { automation_id: short(SCRIP.vipDoublePoints) })).structured.automation_id,
    ).toBe(SCRIP.vipDoublePoints);
    const fired = await f.call('scrip_trigger_automation', { automation_id: short(SCRIP.vipDoublePoints) });
    expect(fired.structured).toMatchObject({ outcome: 'done', automation_id: SCRIP.vipDoublePoints });
    expect(shown[0]).toContain(SCRIP.vipDoublePoints);
    expect((await f.writes())[0]?.path).toContain(SCRIP.vipDoublePoints);
    await f.call('trustpager_list_runs', { automation_id: short(TRUSTPAGER.welcomeSms) });
    expect(
      (await f.call('trustpager_get_run', { run_id: short(TRUSTPAGER_RUNS.welcomeCompleted) })).structured.run_id,
    ).toBe(TRUSTPAGER_RUNS.welcomeCompleted);
    expect(
      (await f.call('watch_run', { automation_id: short(SCRIP.vipDoublePoints), wait_s: 10 })).structured.state,
    ).toBe('ended');
  });

  test('a short id that was never listed is not guessed', async () => {
    await using f = await connect();
    const said = await f.call('scrip_get_automation', { automation_id: SCRIP.weeklyDigest.slice(0, 8) });
    expect(said.structured.outcome).toBe('not_sent');
    expect(await f.requests()).toEqual([]);
  });

  test('ten thousand records upstream cost one request and what was asked for', async () => {
    let asked = 0;
    const server = createServer((req, res) => {
      asked++;
      const url = new URL(req.url ?? '', 'http://here');
      const limit = Number(url.searchParams.get('limit') ?? 50);
      const from = Number(url.searchParams.get('cursor') ?? 0);
      const data = Array.from({ length: Math.min(limit, 10_000 - from) }, (_, index) => ({
        id: `${(from + index).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
        program_id: SCRIP_PROGRAMS.rewards,
        name: `Automation number ${from + index}`,
        trigger_type: 'cron',
        scope: 'participants',
        status: 'active',
        execution_status: 'idle',
        created_at: '2026-01-01T00:00:00Z',
        payload: { padding: 'x'.repeat(2_000) },
      }));
      const next = from + limit;
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(
        JSON.stringify({
          data,
          pagination: next < 10_000 ? { has_more: true, next_cursor: String(next) } : { has_more: false },
        }),
      );
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await using f = await connect({ env: { SCRIP_BASE_URL: `http://127.0.0.1:${port}` } });
      const ten = await f.call('scrip_list_automations');
      expect(asked).toBe(1);
      expect(rowsOf(ten.text)).toHaveLength(10);
      expect(tokens(ten.text)).toBeLessThan(300);
      const fifty = await f.call('scrip_list_automations', { limit: 50 });
      expect(asked).toBe(2);
      expect(rowsOf(fifty.text)).toHaveLength(50);
      expect(tokens(fifty.text)).toBeLessThan(1_300);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
