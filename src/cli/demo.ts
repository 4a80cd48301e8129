// The story, told in a terminal: a client starts the server over stdio, plans, is asked for a yes, fires, watches, and the twins confirm it.
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { SCRIP_AUTOMATIONS, TRUSTPAGER_AUTOMATIONS, TRUSTPAGER_CONTACTS } from '../sandbox/seed.ts';
import type { Config } from '../settings.ts';
import { thisProgram } from './house.ts';

const colours = process.stdout.isTTY === true;
const style = (how: Parameters<typeof styleText>[0], text: string): string => (colours ? styleText(how, text) : text);
const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const step = (title: string): void => say(`\n${style('bold', `— ${title}`)}`);
const indent = (text: string): string => text.replace(/^/gm, '    ');

/** Asks whoever watches, where somebody does; else answers yes itself, and says so. */
async function person(message: string): Promise<boolean> {
  say(style('yellow', '\n    ┌ The server asks a person:'));
  say(message.replace(/^/gm, style('yellow', '    │ ')));
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    say(`${style('yellow', '    └')} No terminal to ask in, so the demo answers for you: ${style('green', 'yes')}`);
    return true;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${style('yellow', '    └')} Type yes to confirm, anything else to refuse: `);
  lines.close();
  return answer.trim().toLowerCase() === 'yes';
}

interface Result {
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the demo reads fields that each tool's output schema names
  fields: any;
  isError: boolean;
}

/** What the twins themselves say, past the server: the requests that arrived, and what is inside. */
interface Inside {
  requests: { vendor: string; method: string; path: string; effect: boolean }[];
  /** Events that the weekly digest has created. */
  events: number;
  runs: { run_id?: string; id?: string; status?: string }[];
  credits: number;
}

async function lookInside(origin: string): Promise<Inside> {
  const get = async (path: string) => (await fetch(`${origin}/_twin/${path}`)).json();
  // biome-ignore lint/suspicious/noExplicitAny: the twins' own control room
  const [requests, state] = (await Promise.all([get('requests'), get('state')])) as any[];
  const digest = state.scrip.automations.find(({ id }: { id: string }) => id === SCRIP_AUTOMATIONS.weeklyDigest);
  return {
    requests: requests.requests ?? requests,
    events: state.scrip.events_by_name[digest.event_name] ?? 0,
    runs: state.trustpager.runs,
    credits: state.trustpager.credits,
  };
}

export async function demo(config: Config): Promise<number> {
  const [command = '', ...program] = thisProgram();
  say(style('bold', 'automations-mcp demo'));
  say(
    'An agent’s client starts the server over stdio. No keys: both vendors are built-in twins, served over real HTTP. Nothing real is touched.',
  );
  const client = new Client(
    { name: 'demo', version: '1.0.0' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  const answers: boolean[] = [];
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    const yes = await person(params.message);
    answers.push(yes);
    return yes ? { action: 'accept', content: { confirm: true } } : { action: 'decline' };
  });
  await client.connect(
    new StdioClientTransport({
      command,
      args: [...program, '--sandbox', '--state-folder', ':memory:', '--log-level', config.logLevel],
      stderr: 'inherit',
    }),
  );
  try {
    return await story(client, answers);
  } finally {
    await client.close();
  }
}

async function story(client: Client, answers: boolean[]): Promise<number> {
  const claims: [string, boolean][] = [];
  const failed: string[] = [];
  const call = async (name: string, args: Record<string, unknown> = {}, show = true): Promise<Result> => {
    if (show) say(`${style('cyan', `  ${name}`)} ${style('dim', JSON.stringify(args))}`);
    // Reading and typing take a person longer than the usual minute.
    const result = await client.callTool({ name, arguments: args }, { timeout: 600_000 });
    const first = result.content[0];
    const text = first?.type === 'text' ? first.text : '';
    if (show) say(indent(text));
    if (result.isError) failed.push(name);
    return { text, fields: result.structuredContent ?? {}, isError: result.isError === true };
  };

  step('Which accounts are there?');
  await call('list_connections');
  step('Scrip: a coffee roaster’s loyalty program');
  await call('scrip_list_automations', { status: 'active', scope: 'participants' });
  const digest = { automation_id: SCRIP_AUTOMATIONS.weeklyDigest };
  step('Plan firing the weekly digest: free, asks nobody, sends nothing');
  const plan = await call('plan_call', { tool: 'scrip_trigger_automation', arguments: digest });
  const origin = new URL(plan.fields.request.url).origin;
  const before = await lookInside(origin);
  claims.push(['planning sent nothing that changes anything', before.requests.every(({ method }) => method === 'GET')]);

  step('Fire it: a person decides');
  const fired = await call('scrip_trigger_automation', digest);
  const firedYes = answers.at(-1) === true;
  if (firedYes) {
    step('Follow the fan-out to its end');
    await follow(call, digest);
  } else say(indent('You said no, so nothing was sent.'));
  step('What is known of its runs');
  await call('scrip_list_runs', digest);

  step('TrustPager: a plumber’s CRM');
  await call('trustpager_list_automations');
  step('A refusal: the draft is disabled, so nobody is even asked');
  const refused = await call('trustpager_trigger_automation', {
    automation_id: TRUSTPAGER_AUTOMATIONS.winterNewsletter,
  });
  step('Plan the quote follow-up: an e-mail, a text and a task, with live prices');
  const quote = {
    automation_id: TRUSTPAGER_AUTOMATIONS.quoteFollowUp,
    trigger_data: { contact_id: TRUSTPAGER_CONTACTS.priya },
  };
  await call('plan_call', { tool: 'trustpager_trigger_automation', arguments: quote });
  step('Run it: a person decides');
  const ran = await call('trustpager_trigger_automation', quote);
  const ranYes = answers.at(-1) === true;
  if (ranYes) {
    step('Follow that call to its end, then look at the run');
    await call('watch_run', { intent_id: ran.fields.intent_id });
    await call('trustpager_get_run', { run_id: ran.fields.run_id });
  } else say(indent('You said no, so nothing was sent.'));
  step('The automation’s runs');
  await call('trustpager_list_runs', { automation_id: quote.automation_id });

  step('Do the twins agree? Read past the server, from the twins themselves');
  const after = await lookInside(origin);
  const triggers = (vendor: string) =>
    after.requests.filter(row => row.vendor === vendor && row.path.endsWith('/trigger') && row.effect).length;
  const events = after.events - before.events;
  const run = after.runs.find(row => (row.run_id ?? row.id) === ran.fields.run_id);
  claims.push(
    ['the two triggers asked a person, and only they', answers.length === 2],
    [
      `Scrip was ${firedYes ? 'fired exactly once' : 'not fired'}`,
      triggers('scrip') === (firedYes ? 1 : 0) && fired.isError === !firedYes,
    ],
    [
      firedYes ? `its fan-out created ${events} events, one for each participant` : 'no event was created',
      events === (firedYes ? fired.fields.participants_total : 0),
    ],
    [
      'nothing failed but that refusal and what you said no to',
      failed.length === 1 + [firedYes, ranYes].filter(yes => !yes).length,
    ],
    [
      'the disabled automation was refused and nothing was sent',
      refused.isError && refused.fields.outcome === 'denied',
    ],
    [
      `TrustPager was ${ranYes ? 'run exactly once' : 'not run'}`,
      triggers('trustpager') === (ranYes ? 1 : 0) && ran.isError === !ranYes,
    ],
    ranYes
      ? [
          `its run completed and cost ${before.credits - after.credits} credits`,
          run?.status === 'completed' && before.credits > after.credits,
        ]
      : ['no credit was spent', before.credits === after.credits],
  );
  for (const [claim, holds] of claims) say(`    ${holds ? style('green', '✓') : style('red', '✗')} ${claim}`);
  const all = claims.every(([, holds]) => holds);
  say(
    all
      ? `\n${style('green', 'Everything this demo claimed was found at the twins.')}`
      : `\n${style('red', 'The twins do not confirm all of it.')}`,
  );
  return all ? 0 : 1;
}

/** Short waits, so that the progress is seen: one bar a look. */
async function follow(
  call: (name: string, args?: Record<string, unknown>, show?: boolean) => Promise<Result>,
  what: Record<string, unknown>,
): Promise<void> {
  say(`${style('cyan', '  watch_run')} ${style('dim', JSON.stringify({ ...what, wait_s: 1 }))}`);
  for (;;) {
    const { fields, text } = await call('watch_run', { ...what, wait_s: 1 }, false);
    const share = fields.total ? (fields.processed ?? 0) / fields.total : 0;
    say(
      `    ${style('green', '█'.repeat(Math.round(share * 30)))}${'░'.repeat(30 - Math.round(share * 30))} ${fields.processed ?? 0} of ${fields.total ?? '?'}`,
    );
    if (fields.state !== 'under_way') return say(indent(text));
  }
}
