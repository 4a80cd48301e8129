// What goes out to Scrip, byte for byte, over real HTTP (scrip.md section 9).
import { expect, test } from 'vitest';
import * as requests from '../../../src/vendors/scrip/requests.ts';
import type { VendorRequest } from '../../../src/vendors/types.ts';
import { client, httpServer, json } from '../fault-server.ts';

const program = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f01';
const automation = '0b0e7a52-5d0b-4c9c-9a54-7f1c2f1f6f02';
const base = `/v1/programs/${program}/automations`;

test.each<[VendorRequest, string, string, string]>([
  [
    requests.createAutomation(program, { name: 'é', trigger: { type: 'immediate' } }),
    'POST',
    base,
    '{"name":"é","trigger":{"type":"immediate"}}',
  ],
  [
    requests.updateAutomation(program, automation, { status: 'paused' }),
    'PATCH',
    `${base}/${automation}`,
    '{"status":"paused"}',
  ],
  [requests.triggerAutomation(program, automation), 'POST', `${base}/${automation}/trigger`, ''],
  [requests.archiveAutomation(program, automation), 'DELETE', `${base}/${automation}`, ''],
  [requests.cancelRun(program, automation), 'POST', `${base}/${automation}/cancel`, ''],
  [requests.refreshSubscriptions(program, automation), 'POST', `${base}/${automation}/refresh-subscriptions`, ''],
])('%j is %s %s', async (request, method, url, body) => {
  await using server = await httpServer((_, response) => json(response, 200, { id: automation }));
  const sent = await client(`${server.url}/v1`, { vendor: 'scrip' }).write(request);
  expect(sent).toMatchObject({ kind: 'answered' });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({ method, url, body });
  expect(server.requests[0]?.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
});

test('an answer without a body, as an archive may have, is understood', async () => {
  await using server = await httpServer((_, response) => response.writeHead(204).end());
  expect(await client(server.url, { vendor: 'scrip' }).write(requests.archiveAutomation(program, automation))).toEqual({
    kind: 'answered',
    reply: { status: 204, body: undefined },
  });
});

test.each(['../x', '', 'a b', `${automation}/trigger`, '0b0e7a52'])('an id such as %j draws up nothing', id => {
  for (const draw of [requests.archiveAutomation, requests.cancelRun, requests.refreshSubscriptions]) {
    expect(() => draw(program, id)).toThrow(/The automation id is/);
    expect(() => draw(id, automation)).toThrow(/The program id is/);
  }
});
