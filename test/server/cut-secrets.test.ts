// A key in a vendor's text is hidden before the text is cut, so that no part of it is left at the end; and before anything is kept.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS, SCRIP_PROGRAMS } from '../../src/sandbox/index.ts';
import { connect, yes } from '../fixtures.ts';

const key = 'sk_Pl4nted/Key+odd=and~more.20';
const forms = [key, Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex'), encodeURIComponent(key)];
let padding = 0;
let form = key;
/** Whether the vendor writes it with escapes, as JSON allows for any character. */
let escaped = false;
const spelt = (json: string): string =>
  escaped
    ? json.replaceAll(form, [...form].map(of => `\\u${of.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''))
    : json;

const automation = {
  id: SCRIP_AUTOMATIONS.weeklyDigest,
  program_id: SCRIP_PROGRAMS.rewards,
  name: 'x',
  trigger_type: 'cron',
  scope: 'participants',
  status: 'active',
  execution_status: 'idle',
};
const server = createServer((req, res) => {
  const write = req.method !== 'GET';
  res.writeHead(write ? 422 : 200, { 'content-type': 'application/json' });
  res.end(spelt(JSON.stringify(write ? { code: 'x', message: `${'p'.repeat(padding)} ${form}` } : automation)));
});
beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('P17 C2: whatever the text is cut to, no part of a key is left, in the result or in the store', async () => {
  const { port } = server.address() as AddressInfo;
  await using f = await connect({
    person: yes,
    env: { SCRIP_BASE_URL: `http://127.0.0.1:${port}`, SCRIP_API_KEY: key },
  });
  for ([form, escaped] of [...forms.map(one => [one, false] as const), [key, true]] as const)
    for (padding of [0, 1, 150, 180, 190, 195, 199, 255, 260, 263, 270, 1_150, 1_190, 1_199]) {
      // Another name each time: another call, so that none is answered with an earlier one.
      const said = await f.call('scrip_update_automation', {
        automation_id: automation.id,
        name: `n${padding}${forms.indexOf(form)}${escaped}`,
      });
      expect(said.structured.outcome, said.text).toBe('rejected');
      const kept = JSON.stringify(await f.house?.store.intent(said.structured.intent_id));
      for (let at = 0; at + 10 <= form.length; at++) {
        const part = form.slice(at, at + 10);
        expect(said.text.includes(part), `${padding}: ${part}`).toBe(false);
        expect(kept.includes(part), `kept, ${padding}: ${part}`).toBe(false);
      }
    }
});
