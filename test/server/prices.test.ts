// Prices from the outside: what an automation starts is in its price, and charges that were seen correct the next quote.
import { describe, expect, test } from 'vitest';
import { TRUSTPAGER_AUTOMATIONS as TRUSTPAGER, TRUSTPAGER_CONTACTS } from '../../src/sandbox/index.ts';
import { connect, type Fixture, yes } from '../fixtures.ts';

const run = (automation_id: string) => ({ automation_id, trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya } });
const plan = (f: Fixture, automation_id: string) =>
  f.call('plan_call', { tool: 'trustpager_trigger_automation', arguments: run(automation_id) });

describe('a quote', () => {
  test('spans the tenfold price until a charge was seen, and then tells what that was', async () => {
    await using f = await connect({ person: yes });
    const first = await plan(f, TRUSTPAGER.quoteFollowUp);
    expect(first.structured.credits).toMatchObject({ low: 14, high: 140, unknown: [] });
    expect(first.text).toContain('over REST TrustPager may bill ten times it');

    const done = await f.call('trustpager_trigger_automation', run(TRUSTPAGER.quoteFollowUp));
    expect(done.structured, done.text).toMatchObject({ outcome: 'done', status: 'completed' });
    expect(done.text).toContain('Credits: 4820 before, 4806 now.');

    // Of any automation of this account, not only of the one that ran.
    const next = await plan(f, TRUSTPAGER.quoteFollowUp);
    expect(next.structured.credits).toMatchObject({ low: 14, high: 14 });
    expect(next.text).toContain('1 × it, as the last charge was');
    expect((await plan(f, TRUSTPAGER.welcomeSms)).structured.credits).toMatchObject({ low: 12, high: 12 });
  });

  test('holds what the automation starts', async () => {
    await using f = await connect({ person: yes });
    const alone = await plan(f, TRUSTPAGER.welcomeSms);
    const cascade = await plan(f, TRUSTPAGER.webEnquiry);
    expect(cascade.structured.credits).toMatchObject({ ...alone.structured.credits, unknown: [] });
    expect(cascade.text).toContain('in "Welcome SMS to new leads", which it starts: "send_sms"');
  });
});
