// What travels through a client and what comes back: replays, tampered states, answers for other calls (2026-07-28, by hand).
import { describe, expect, test } from 'vitest';
import { answerQuestion, host } from '../../src/approvals/approvals.ts';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS } from '../../src/sandbox/index.ts';
import { connect, type Fixture } from '../fixtures.ts';
import { firings, pause } from './twin.ts';
import { type Call, confirmed, fireDigest, post, type Reply } from './wire.ts';

const url = (f: Fixture): string => f.url ?? '';
const asked = async (f: Fixture, call = fireDigest, options = {}): Promise<Reply & { state: string }> => {
  const reply = await post(url(f), call, options);
  expect(reply.result?.resultType).toBe('input_required');
  return reply as Reply & { state: string };
};
const back = (reply: { state: string }, content?: unknown, action?: string): Call => ({
  ...fireDigest,
  requestState: reply.state,
  inputResponses: confirmed(content, action),
});

describe.concurrent('a yes that comes back', () => {
  test('P1 P5: the same request replayed gets the first receipt, and the vendor one request', async () => {
    await using f = await connect();
    const question = await asked(f);
    const first = await post(url(f), back(question));
    expect(first.said.structured.outcome).toBe('done');
    for (let again = 0; again < 3; again++) {
      const replay = await post(url(f), back(question));
      expect(replay.said.structured).toMatchObject({ outcome: 'done', intent_id: first.said.structured.intent_id });
      expect(replay.said.text).toContain('nothing was sent again');
    }
    expect(firings(await f.writes())).toHaveLength(1);
    expect(await f.house?.store.intents({})).toHaveLength(1);
  });

  test('P1: ten replays at once are all told the same intent, and the vendor gets one request', async () => {
    await using f = await connect();
    const question = await asked(f);
    const replies = await Promise.all(Array.from({ length: 10 }, () => post(url(f), back(question))));
    const intents = new Set(replies.map(({ said }) => said.structured?.intent_id));
    expect(replies.map(({ said }) => said.structured?.outcome)).toEqual(Array(10).fill('done'));
    expect([...intents]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P1: a yes that was used is not used again by the identical call without its state', async () => {
    await using f = await connect();
    const call: Call = {
      name: 'trustpager_trigger_automation',
      arguments: { automation_id: TRUSTPAGER_AUTOMATIONS.welcomeSms },
    };
    const { state } = await asked(f, call);
    await post(url(f), { ...call, requestState: state, inputResponses: confirmed() });
    const again = await asked(f, call);
    expect(again.shown).toContain('WARNING: the same call was last done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P4: one yes covers one call: the same state with other arguments asks anew, and sends neither', async () => {
    await using f = await connect();
    const question = await asked(f);
    const other = await post(url(f), {
      ...back(question),
      arguments: { automation_id: SCRIP_AUTOMATIONS.apologyCredit },
    });
    expect(other.result.resultType).toBe('input_required');
    expect(other.state).not.toBe(question.state);
    expect(other.shown).toContain(SCRIP_AUTOMATIONS.apologyCredit);
    expect(await f.writes()).toEqual([]);
    // The first question was not answered by that either.
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  test('P4: the same state with another tool does nothing for it', async () => {
    await using f = await connect();
    const question = await asked(f);
    const other = await post(url(f), {
      name: 'scrip_update_automation',
      arguments: { automation_id: SCRIP_AUTOMATIONS.happyHour, status: 'active' },
      requestState: question.state,
      inputResponses: confirmed(),
    });
    expect(other.result.resultType).toBe('input_required');
    expect(await f.writes()).toEqual([]);
  });

  test('P4: another client’s yes does not count, and what it was asked stays its own', async () => {
    await using f = await connect();
    const question = await asked(f, fireDigest, { client: 'one' });
    const other = await post(url(f), back(question), { client: 'two' });
    expect(other.result.resultType).toBe('input_required');
    expect(await f.writes()).toEqual([]);
    // Not even the question of the first was marked by it.
    const states = (await f.house?.store.questions())?.map(({ client, state }) => `${client} ${state}`);
    expect(states?.sort()).toEqual(['one open', 'two open']);
    const own = await post(url(f), back(question), { client: 'one' });
    expect(own.said.structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P4: a yes kept for the identical call is worth nothing after its life', async () => {
    await using f = await connect({ env: { AUTOMATIONS_YES_EXPIRY: '0.3' } });
    const question = await asked(f);
    const [row] = (await f.house?.store.questions()) ?? [];
    if (f.house && row)
      await answerQuestion(f.house.store, row.id, {
        yes: true,
        channel: 'client',
        by: host,
        now: Date.now(),
        usable_for: 300,
      });
    await pause(350);
    const late = await asked(f);
    expect(late.state).not.toBe(question.state);
    const replayed = await post(url(f), back(question));
    expect(replayed.result.resultType).toBe('input_required');
    expect(await f.writes()).toEqual([]);
  });

  test('P6: an answer without a state, or to a name that was never asked, asks anew', async () => {
    await using f = await connect();
    const question = await asked(f);
    const calls: Call[] = [
      { ...fireDigest, inputResponses: confirmed() },
      { ...fireDigest, requestState: question.state, inputResponses: { other: confirmed().confirm } },
      { ...fireDigest, requestState: question.state, inputResponses: {} },
      { ...fireDigest, requestState: question.state },
    ];
    for (const call of calls) expect((await post(url(f), call)).result?.resultType).toBe('input_required');
    expect(await f.writes()).toEqual([]);
    expect((await f.house?.store.questions())?.map(({ state }) => state)).toEqual(['open']);
  });

  test('P6: by hand too, nothing but the box ticked is a yes', async () => {
    await using f = await connect();
    const contents = [
      [{}, 'accept'],
      [{ confirm: 'true' }, 'accept'],
      [{ confirm: false }, 'accept'],
      [{ confirm: true, more: 1 }, 'accept'],
      [null, 'accept'],
      [[true], 'accept'],
      [{ confirm: true }, 'decline'],
      [{ confirm: true }, 'cancel'],
      [{ confirm: true }, 'ACCEPT'],
      [{ confirm: true }, 'yes'],
    ] as const;
    for (const [content, action] of contents) {
      const reply = await post(url(f), back(await asked(f), content, action));
      const outcome = reply.said.structured?.outcome ?? reply.error?.code ?? reply.result?.resultType;
      expect(['denied', -32602, 'input_required'], JSON.stringify([content, action])).toContain(outcome);
      expect(await f.writes(), JSON.stringify([content, action])).toEqual([]);
    }
    expect(await f.house?.store.intents({})).toEqual([]);
  });
});

describe.concurrent('a state that is not ours', () => {
  test('P5: tampered, cut, foreign and absurd states are refused with -32602, and nothing is sent', async () => {
    await using f = await connect();
    await using other = await connect();
    const { state } = await asked(f);
    const [version, payload, mac] = state.split('.') as [string, string, string];
    const elsewhere = await asked(other);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { p: { question: string } };
    const later = { ...claims, exp: 9_999_999_999 };
    const forged = Buffer.from(JSON.stringify(later)).toString('base64url');
    const flipped = mac.startsWith('A') ? `B${mac.slice(1)}` : `A${mac.slice(1)}`;
    const states: unknown[] = [
      `${version}.${forged}.${mac}`,
      `${version}.${payload}.${flipped}`,
      `${version}.${payload}.`,
      `${version}.${payload}`,
      payload,
      claims.p.question,
      elsewhere.state,
      `v0.${payload}.${mac}`,
      '',
      'x'.repeat(20_000),
      'null',
      '{"question":"x"}',
    ];
    for (const requestState of states) {
      const reply = await post(url(f), { ...fireDigest, requestState, inputResponses: confirmed() });
      expect(reply.error?.code ?? reply.result?.resultType, String(requestState).slice(0, 60)).toBe(-32602);
    }
    for (const requestState of [5, {}, [state], true]) {
      const reply = await post(url(f), { ...fireDigest, requestState, inputResponses: confirmed() });
      expect(reply.error?.code, JSON.stringify(requestState)).toBe(-32602);
    }
    expect(await f.writes()).toEqual([]);
    // The true one still works: nothing of that used it up.
    expect((await post(url(f), back({ state }))).said.structured.outcome).toBe('done');
    expect(firings(await f.writes())).toHaveLength(1);
  });

  test('P5: what travels holds a random id and nothing about the call', async () => {
    await using f = await connect();
    const { state } = await asked(f);
    const text = Buffer.from(state.split('.')[1] ?? '', 'base64url').toString();
    const [row] = (await f.house?.store.questions()) ?? [];
    expect(JSON.parse(text).p).toEqual({ question: row?.id });
    expect(text).not.toContain(SCRIP_AUTOMATIONS.weeklyDigest);
  });
});
