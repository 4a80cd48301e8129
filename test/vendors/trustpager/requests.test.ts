// What goes out to TrustPager, byte for byte, over real HTTP (trustpager.md section 5).
import { expect, test } from 'vitest';
import * as requests from '../../../src/vendors/trustpager/requests.ts';
import type { VendorRequest } from '../../../src/vendors/types.ts';
import { client, httpServer, json, patient } from '../fault-server.ts';

const data = { contact_id: 'c1' };
const row = { trigger_type: 'form_completed', source_id: 'f1' };
const action = { action_type: 'send_sms', sequence: 2, config: { message_body: 'Hi {{contact.first_name}}' } };

test.each<[VendorRequest, string, string, string]>([
  [requests.createAutomation({ name: 'é' }), 'POST', '/automations', '{"name":"é"}'],
  [requests.updateAutomation('a1', { conditions: null }), 'PATCH', '/automations/a1', '{"conditions":null}'],
  [requests.deleteAutomation('a1'), 'DELETE', '/automations/a1', ''],
  [requests.enableAutomation('a1'), 'POST', '/automations/a1/enable', ''],
  [requests.disableAutomation('a1'), 'POST', '/automations/a1/disable', ''],
  [requests.triggerAutomation('a1', data), 'POST', '/automations/a1/trigger', '{"trigger_data":{"contact_id":"c1"}}'],
  [
    requests.triggerAutomation('a1', data, { key: 'payload' }),
    'POST',
    '/automations/a1/trigger',
    '{"payload":{"contact_id":"c1"}}',
  ],
  [
    requests.triggerAutomation('a1', undefined, { intent: 'i1' }),
    'POST',
    '/automations/a1/trigger',
    '{"trigger_data":{"_automations_mcp":"i1"}}',
  ],
  [
    requests.executeAction('a1', 'x1', { a: 1 }, { key: 'both', intent: 'i1' }),
    'POST',
    '/automations/a1/actions/x1/execute',
    '{"trigger_data":{"a":1,"_automations_mcp":"i1"},"payload":{"a":1,"_automations_mcp":"i1"}}',
  ],
  [
    requests.executeAction('a1', 'x1', data),
    'POST',
    '/automations/a1/actions/x1/execute',
    '{"trigger_data":{"contact_id":"c1"}}',
  ],
  [
    requests.addTrigger('a1', row),
    'POST',
    '/automations/a1/triggers',
    '{"trigger_type":"form_completed","source_id":"f1"}',
  ],
  [requests.updateTrigger('a1', 't1', { config: {} }), 'PATCH', '/automations/a1/triggers/t1', '{"config":{}}'],
  [requests.deleteTrigger('a1', 't1'), 'DELETE', '/automations/a1/triggers/t1', ''],
  [
    requests.addAction('a1', action),
    'POST',
    '/automations/a1/actions',
    '{"action_type":"send_sms","sequence":2,"config":{"message_body":"Hi {{contact.first_name}}"}}',
  ],
  [requests.updateAction('a1', 'x1', { sequence: 3 }), 'PATCH', '/automations/a1/actions/x1', '{"sequence":3}'],
  [requests.deleteAction('a1', 'x1'), 'DELETE', '/automations/a1/actions/x1', ''],
  [
    requests.reorderActions('a1', ['x2', 'x1']),
    'POST',
    '/automations/a1/actions/reorder',
    '{"action_ids":["x2","x1"]}',
  ],
])('%j is %s %s', async (request, method, url, body) => {
  await using server = await httpServer((_, response) => json(response, 200, { data: { id: 'a1' } }));
  expect(await client(server.url, patient).write(request)).toMatchObject({ kind: 'answered' });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({ method, url, body });
  expect(server.requests[0]?.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
});

test.each(['../x', '', 'a/b', 'a b', 'x'.repeat(65)])('an id such as %j draws up nothing', id => {
  expect(() => requests.deleteAutomation(id)).toThrow(/The automation id is/);
  expect(() => requests.addTrigger(id, {})).toThrow(/The automation id is/);
  expect(() => requests.deleteTrigger('a1', id)).toThrow(/The trigger id is/);
  expect(() => requests.updateTrigger('a1', id, {})).toThrow(/The trigger id is/);
  expect(() => requests.updateAction('a1', id, {})).toThrow(/The action id is/);
  expect(() => requests.deleteAction('a1', id)).toThrow(/The action id is/);
  expect(() => requests.reorderActions('a1', ['x1', id])).toThrow(/The action id is/);
});
