// The live view of something under way: how far it is and how fast, asked again with watch_run while it goes on. It stops nothing and fires nothing.
import { connect, folded, make, request, show, terms, textOf } from './bridge.js';

const states = {
  under_way: ['Under way', 'ask'],
  stalled: ['Stalled', 'bad'],
  ended: ['Ended', 'good'],
  failed: ['Failed', 'bad'],
  not_started: ['Not started', 'ask'],
};
/** Seconds that one look may wait at the server, and minutes after which a view that nobody touched asks no more. */
const WAIT = 5;
const PATIENCE = 20;

let given = {};
let latest;
let host = {};
let running = false;
let ended = false;
let misses = 0;
let since = Date.now();
/** How far it was at which time, for the curve. */
const samples = [];

const going = () => ['under_way', 'stalled'].includes(latest?.structuredContent?.state);

/** The curve of what was processed, as wide as the time since the first look. */
function curve(total) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const [first] = samples;
  const last = samples.at(-1);
  const most = total ?? last.processed;
  if (samples.length < 2 || most === 0) return [];
  const points = samples.map(({ at, processed }) => {
    const x = (300 * (at - first.at)) / Math.max(1, last.at - first.at);
    return `${x.toFixed(1)},${(50 - (46 * processed) / most).toFixed(1)}`;
  });
  svg.setAttribute('viewBox', '0 0 300 54');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `Processed over time, from ${first.processed} to ${last.processed}`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  for (const [name, value] of Object.entries({
    points: points.join(' '),
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': '2',
  }))
    path.setAttribute(name, value);
  svg.append(path);
  return [svg];
}

function draw(note) {
  const text = textOf(latest);
  const { outcome, state, status, processed, total, connection, ...ids } = latest?.structuredContent ?? {};
  const [headline = '', ...rest] = text.split('\n');
  const [word, kind] = states[state] ?? [outcome === undefined ? 'Looking…' : `Outcome ${outcome}`, 'ask'];
  const bar = make('progress');
  if (typeof total === 'number' && typeof processed === 'number')
    Object.assign(bar, { max: Math.max(1, total), value: processed });
  bar.setAttribute('aria-label', 'Progress');
  const button = make('button', running ? 'Stop looking' : 'Look again');
  button.type = 'button';
  button.addEventListener('click', () => {
    since = Date.now();
    misses = 0;
    if (running) running = false;
    else look();
    draw();
    document.querySelector('button')?.focus();
  });
  show(
    make('span', word, `mark ${kind}`),
    make('h1', headline || 'Watching…'),
    ...(typeof processed === 'number' && typeof total === 'number' ? [bar, ...curve(total)] : []),
    terms([
      [
        'Processed',
        typeof processed === 'number' ? `${processed}${typeof total === 'number' ? ` of ${total}` : ''}` : undefined,
      ],
      ['Status', status],
      ['Automation', ids.automation_id],
      ['Run', ids.run_id],
      ['Call', ids.intent_id],
      ['Account', connection],
    ]),
    ...(host.serverTools && going() ? [button] : []),
    ...(rest.length > 0 ? [folded('All that was told', text)] : []),
    make('p', note ?? (going() ? 'Looking does not stop or repeat anything.' : ''), 'note'),
  );
  document.querySelector('#said').textContent = `${word}. ${headline}`;
}

function take(result) {
  latest = result;
  const { processed } = result.structuredContent ?? {};
  if (typeof processed === 'number') samples.push({ at: Date.now(), processed });
  if (samples.length > 400) samples.splice(1, 1);
}

async function look() {
  if (running || ended || !host.serverTools) return;
  running = true;
  while (running && going() && !ended && Date.now() - since < PATIENCE * 60_000 && misses < 3)
    try {
      const result = await request('tools/call', { name: 'watch_run', arguments: { ...given, wait_s: WAIT } });
      if (ended) return;
      take(result);
      misses = 0;
      draw();
    } catch (error) {
      misses += 1;
      draw(`The last look failed: ${error.message}`);
      await new Promise(done => setTimeout(done, 2_000));
    }
  running = false;
  draw(misses >= 3 ? 'Three looks failed; it may still go on.' : undefined);
}

show(make('p', 'Watching…'));
connect('Run', {
  input: ({ wait_s: _, since: __, ...rest }) => {
    given = rest;
  },
  result: result => {
    take(result);
    draw(host.serverTools || !going() ? undefined : 'This client does not let the view look again by itself.');
    look();
  },
  cancelled: () => draw('Watching was cancelled; what is under way goes on.'),
  ending: () => {
    ended = true;
  },
}).then(capabilities => {
  host = capabilities;
  if (latest) {
    draw();
    look();
  }
});
