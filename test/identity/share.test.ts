// What all share has a part that no other principal can take: sessions in memory, and streams.
import { expect, test } from 'vitest';
import { SCRIP_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { eventually } from '../server/twin.ts';
import { knockAt, opening } from '../transports/knock.ts';
import { within } from '../transports/knock-session.ts';
import { served } from './served.ts';

test('C13 C20: one principal holds at most half of the sessions and streams, however busy, and the others have the rest', async () => {
  await using at = await served({
    principals: [{ id: 'ada' }, { id: 'bob' }],
    env: { AUTOMATIONS_SESSION_LIMIT: '4', AUTOMATIONS_LEGACY_SSE: 'true', AUTOMATIONS_GRACE: '0.5' },
  });
  const host = `127.0.0.1:${at.port}`;
  const as = async (who: string) => ({ host, authorization: `Bearer ${(await at.token(who)).token}` });
  const [ada, bob] = [await as('ada'), await as('bob')];
  const open = async (who: typeof ada) => {
    const { headers, body } = opening('legacy');
    const message = JSON.parse(body);
    message.params.capabilities = { elicitation: {} };
    const answer = await knockAt(at.port, { headers: { ...headers, ...who }, body: JSON.stringify(message) });
    return { status: answer.status, id: String(answer.headers['mcp-session-id']) };
  };
  const hold = new AbortController();
  /** A call that waits for a person. */
  const busy = async (who: typeof ada, id: string, automation_id: string) => {
    const asked = await at.store.questions();
    const params = { name: 'scrip_trigger_automation', arguments: { automation_id } };
    void fetch(at.url, {
      method: 'POST',
      headers: { ...within(id), authorization: who.authorization },
      body: JSON.stringify({ jsonrpc: '2.0', id: 'call', method: 'tools/call', params }),
      signal: hold.signal,
    }).catch(() => {});
    await eventually(async () => (await at.store.questions()).length > asked.length);
  };
  const [one, two] = [await open(ada), await open(ada)];
  await busy(ada, one.id, SCRIP_AUTOMATIONS.weeklyDigest);
  await busy(ada, two.id, SCRIP_AUTOMATIONS.apologyCredit);
  // Four places, two of them free: not for her.
  expect((await open(ada)).status).toBe(503);
  expect([(await open(bob)).status, (await open(bob)).status]).toEqual([200, 200]);
  // His own that nobody uses make room for a third of his.
  expect((await open(bob)).status).toBe(200);
  hold.abort();

  const streams = new AbortController();
  const stream = async (who: typeof ada) =>
    (await fetch(`http://${host}/sse`, { headers: { authorization: who.authorization }, signal: streams.signal }))
      .status;
  expect([await stream(ada), await stream(ada), await stream(ada)]).toEqual([200, 200, 503]);
  expect([await stream(bob), await stream(bob), await stream(bob)]).toEqual([200, 200, 503]);
  streams.abort();
});
