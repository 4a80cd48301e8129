// Where the pages contradict each other, the twins take the reading they are told to.
import { describe, expect, it } from 'vitest';
import {
  TRUSTPAGER_AUTOMATIONS as ID,
  TRUSTPAGER_KEYS as KEY,
  parseReadings,
  type Readings,
  SCRIP_AUTOMATIONS,
  startSandbox,
  TRUSTPAGER_CONTACTS as WHO,
} from '../../../src/sandbox/index.ts';
import { AUTOMATIONS, type Json, speakTo, useSandbox } from '../fixtures.ts';

const talk = useSandbox();

/** Takes readings for one question, and puts the usual ones back. */
async function reading<T>(readings: Partial<Readings>, ask: () => Promise<T>): Promise<T> {
  const usual = (await talk().twin('GET', '/readings')).body.readings;
  expect((await talk().twin('PATCH', '/readings', readings)).body.readings).toMatchObject(readings);
  try {
    return await ask();
  } finally {
    await talk().twin('PATCH', '/readings', usual);
  }
}
const trigger = (body?: Json, key?: string, id: string = ID.welcomeSms) =>
  talk().trustpager('POST', `/automations/${id}/trigger`, body, key);

describe('the body key', () => {
  it.each<[Readings['body_key'], string, boolean]>([
    ['both', 'trigger_data', true],
    ['both', 'payload', true],
    ['trigger_data', 'trigger_data', true],
    ['trigger_data', 'payload', false],
    ['payload', 'trigger_data', false],
    ['payload', 'payload', true],
  ])('read as %s: %s is seen: %s', (body_key, key, isSeen) =>
    reading({ body_key }, async () => {
      const { status, body } = await trigger({ [key]: { contact_id: WHO.tom } });
      // A wrong key is no error: the run has nothing to go by, and fails to find a phone.
      expect([status, body.data.status]).toEqual([200, isSeen ? 'completed' : 'failed']);
      const run = (await talk().trustpager('GET', `/automations/runs/${body.data.run_id}`)).body.data;
      expect(run.trigger_data).toEqual(isSeen ? { contact_id: WHO.tom } : {});
    }),
  );

  it('that is not seen is not checked either', () =>
    reading({ body_key: 'payload' }, async () => expect((await trigger({ trigger_data: 'x' })).status).toBe(200)));
});

describe('the cursor', () => {
  it.each<[Readings['cursor'], string, boolean]>([
    ['both', 'after', true],
    ['both', 'cursor', true],
    ['after', 'after', true],
    ['after', 'cursor', false],
    ['cursor', 'after', false],
    ['cursor', 'cursor', true],
  ])('read as %s: %s is seen: %s', (cursor, name, isSeen) =>
    reading({ cursor }, async () => {
      const page = async (query: string) => (await talk().trustpager('GET', `/automations?limit=3${query}`)).body;
      const first = await page('');
      const second = await page(`&${name}=${first.pagination.next_cursor}`);
      // A name that is not seen gives the first page again, and again.
      expect(second.data[0].id === first.data[0].id).toBe(!isSeen);
    }),
  );
});

describe('the scope that may trigger', () => {
  it.each<[Readings['trigger_scope'], number, number, string[]]>([
    ['both', 200, 200, ['automations-trigger:trigger', 'automations:trigger']],
    ['new', 200, 403, ['automations-trigger:trigger']],
    ['old', 403, 200, ['automations:trigger']],
  ])('read as %s', (trigger_scope, withNew, withOld, required) =>
    reading({ trigger_scope }, async () => {
      const body = { trigger_data: { contact_id: WHO.tom } };
      expect([(await trigger(body, KEY.triggerNew)).status, (await trigger(body, KEY.triggerOld)).status]).toEqual([
        withNew,
        withOld,
      ]);
      expect((await trigger(body, KEY.readOnly)).body.error.required_scopes).toEqual(required);
    }),
  );
});

describe('statuses of refusals', () => {
  it.each(['403', '402'] as const)('no credits: %s', no_credits =>
    reading({ no_credits }, async () => {
      const { status, body } = await trigger({}, KEY.noCredits);
      expect([status, body.error.status, body.error.code]).toEqual([
        Number(no_credits),
        Number(no_credits),
        'INSUFFICIENT_CREDITS',
      ]);
    }),
  );

  it.each<[Readings['validation'], number, number]>([
    ['both', 400, 422],
    ['400', 400, 400],
    ['422', 422, 422],
  ])('validation as %s', (validation, plain, listed) =>
    reading({ validation }, async () => {
      const status = async (body: Json) => (await talk().trustpager('POST', '/automations', body)).status;
      expect(await status({ name: 'A', trigger_type: 'manual', enabled: 'yes' })).toBe(plain);
      expect(await status({ name: 'A', trigger_type: 'full_moon' })).toBe(listed);
      // These two are documented as 400 in so many words, and missing fields have a code of their own.
      expect(await status({ name: 'A', trigger_type: 'form_submitted' })).toBe(400);
      expect(await status({ name: 'A' })).toBe(400);
      expect(await status('{')).toBe(400);
    }),
  );
});

it('a disabled automation is refused, or runs', async () => {
  const body = { trigger_data: { contact_id: WHO.tom } };
  expect((await trigger(body, undefined, ID.winterNewsletter)).status).toBe(400);
  await reading({ disabled: 'run' }, async () =>
    expect((await trigger(body, undefined, ID.winterNewsletter)).body.data.status).toBe('completed'),
  );
});

it('a fan-out that is over stays completed, or goes back to idle', async () => {
  const path = `${AUTOMATIONS}/${SCRIP_AUTOMATIONS.vipDoublePoints}`;
  await talk().scrip('POST', `${path}/trigger`);
  await talk().twin('POST', '/clock', { advance_ms: 60_000 });
  const look = async () => (await talk().scrip('GET', path)).body.execution_status;
  expect(await look()).toBe('idle');
  await reading({ idle: 'never' }, async () => {
    expect(await look()).toBe('completed');
    expect((await talk().scrip('POST', `${path}/trigger`)).status).toBe(400);
  });
});

describe('readings', () => {
  it('are taken at the start', async () => {
    const sandbox = await startSandbox({ readings: { no_credits: '402' }, idleAfterMs: 'never' });
    const { body } = await speakTo(sandbox).twin('GET', '/readings');
    expect(body.readings).toMatchObject({ no_credits: '402', idle: 'never', cursor: 'both' });
    await sandbox.close();
  });

  it.each<[string, Json]>([
    ['', {}],
    ['idle=never', { idle: 'never' }],
    [' idle=never , cursor = after,', { idle: 'never', cursor: 'after' }],
  ])('on a command line: %j', (text, expected) => expect(parseReadings(text)).toEqual(expected));

  it.each(['idle', 'idle=', 'idle=maybe', 'moon=full', '__proto__=x', 'toString=both', 'idle=never;cursor=after'])(
    'refuses %j in a sentence',
    text => expect(parseReadings(text)).toEqual(expect.stringMatching(/reading|must be one of/)),
  );

  it.each<Json>([{ idle: 'maybe' }, { moon: 'full' }, { idle: true }, [], 'x', null])(
    'refuses to take %j, and changes nothing',
    async body => {
      const before = (await talk().twin('GET', '/readings')).body;
      const answer = await talk().twin('PATCH', '/readings', body);
      if (!Array.isArray(body)) expect([answer.status, typeof answer.body.error]).toEqual([400, 'string']);
      expect((await talk().twin('GET', '/readings')).body).toEqual(before);
    },
  );
});
