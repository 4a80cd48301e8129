// The log holds what happened and never what was said: no header, no body, of clients or vendors, at any level (reliability.md C3, R16).
import { describe, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect } from '../fixtures.ts';
import { start, surroundings } from '../transports/program.ts';
import { elsewhere, eventually, fault, inRewards } from './twin.ts';

import { post } from './wire.ts';

/** Words that stand in bodies and headers only; none of them may be in a log line. */
const words = { vendor: 'Nachtigall', client: 'Rohrdommel', answer: 'Zaunkoenig', header: 'Wiedehopf' };
const never = /nachtigall|rohrdommel|zaunkoenig|wiedehopf|x-api-key|authorization|content-type|user-agent|cookie/i;

describe.concurrent('C3 R16: the log holds no header and no body', () => {
  test('of clients and vendors over stdio, whatever goes wrong', async () => {
    await using f = await connect({
      transport: 'stdio',
      era: 'legacy',
      person: async () => ({ action: 'accept', content: { confirm: true, more: words.answer } }),
      env: {
        AUTOMATIONS_LOG_LEVEL: 'debug',
        AUTOMATIONS_READ_TIMEOUT: '1',
        AUTOMATIONS_WRITE_TIMEOUT: '1',
        AUTOMATIONS_RUN_TIMEOUT: '1',
      },
    });
    await elsewhere(f.sandbox, 'scrip', 'PATCH', inRewards(SCRIP_AUTOMATIONS.weeklyDigest), {
      name: words.vendor,
      description: words.vendor,
    });
    const calls: [string, Record<string, unknown>][] = [
      ['scrip_get_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }],
      ['scrip_trigger_automation', { automation_id: SCRIP_AUTOMATIONS.weeklyDigest }],
      ['trustpager_update_automation', { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, name: words.client }],
      [
        'trustpager_trigger_automation',
        { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms, trigger_data: { [words.client]: words.client } },
      ],
      ['list_connections', {}],
      ['watch_run', { intent_id: words.client }],
      ['scrip_get_automation', { automation_id: words.client }],
      [words.client, { [words.client]: words.client }],
    ];
    for (const kind of [
      undefined,
      'html',
      'malformed',
      '500_before',
      '429',
      'reset_mid_body',
      'timeout_before',
      'oversized',
    ]) {
      if (kind) await fault(f.sandbox, { fault: kind, times: 3 });
      for (const [name, args] of calls) await f.client.callTool({ name, arguments: args }).catch(() => {});
    }
    expect(f.stderr()).not.toMatch(never);
  }, 120_000);

  test('of garbage on stdin', async () => {
    await using around = await surroundings({ AUTOMATIONS_LOG_LEVEL: 'debug' });
    await using program = start(around.env);
    await program.open();
    for (const line of [
      words.client,
      `{"${words.client}`,
      `{"${words.client}":1}`,
      `{"jsonrpc":"2.0","id":1,"method":"${words.client}","params":"${words.client}"}`,
      `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":["${words.client}"],"arguments":"${words.client}"}}`,
      `{"jsonrpc":"2.0","id":3,"method":"initialize","params":{"${words.client}":"${words.client}"}}`,
      `{"jsonrpc":"2.0","id":9,"result":{"${words.client}":1}}`,
      `{"jsonrpc":"2.0","method":"notifications/${words.client}","params":{"a":"${words.client}"}}`,
      `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"x","reason":"${words.client}"}}`,
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"${words.client}","progress":"${words.client}"}}`,
    ])
      program.write(`${line}\n`);
    program.send({ id: 'last', method: 'tools/list', params: {} });
    await program.reply('last');
    // It did say that something was wrong, and where.
    expect(program.stderr()).toMatch(/"type":"ZodError","at":\["at /);
    expect(program.stderr()).not.toMatch(never);
  });

  test('of requests over HTTP', async () => {
    await using around = await surroundings({
      AUTOMATIONS_LOG_LEVEL: 'debug',
      AUTOMATIONS_HTTP: 'true',
      AUTOMATIONS_PORT: '0',
    });
    await using program = start(around.env);
    const url = await eventually(() => /serving (\S+)/.exec(program.stderr())?.[1]);
    const headers = { 'x-word': words.header, authorization: `Bearer ${words.header}`, cookie: words.header };
    for (const more of [
      {},
      { 'mcp-name': words.header },
      { 'mcp-protocol-version': words.header },
      { 'mcp-session-id': words.header },
    ])
      await post(
        url,
        { name: words.client, arguments: { [words.client]: words.client } },
        { headers: { ...headers, ...(more as Record<string, string>) } },
      ).catch(() => {});
    for (const body of [
      words.client,
      `{"${words.client}`,
      `[{"${words.client}":1}]`,
      `{"jsonrpc":"2.0","id":1,"method":"${words.client}"}`,
    ])
      for (const type of ['application/json', `text/${words.header}`])
        await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': type, accept: 'application/json, text/event-stream' },
          body,
        });
    await fetch(`${url}/${words.client}?${words.client}`, { headers });
    expect(program.stderr()).not.toMatch(never);
  });
});
