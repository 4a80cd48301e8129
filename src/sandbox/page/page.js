// Shows the twins in a browser: asks for an overview again and again and writes it down as text, never as markup.
import {
  cell,
  el,
  fill,
  isRunning,
  number,
  pagerRow,
  requestRow,
  runRow,
  scripRow,
  status,
  when,
} from './page-rows.js';

const FAULTS = [
  'latency',
  'timeout_before',
  'timeout_after',
  'reset_before',
  'reset_after',
  'reset_mid_body',
  '429',
  '500_before',
  '500_after',
  '503',
  'malformed',
  'html',
  'oversized',
  'redirect',
  'drip',
  'action_failed',
  'action_overcharged',
];
const CALM_MS = 1000;
const BUSY_MS = 300;

const $ = id => document.getElementById(id);
let seen;
let seenAt = 0;
let timer;

function show(view) {
  const now = Date.parse(view.now);
  const { scrip, trustpager } = view;
  const people = scrip.programs.reduce((sum, program) => sum + program.participants, 0);
  const points = scrip.programs.reduce((sum, program) => sum + program.points, 0);
  const tiles = [
    ['TrustPager credits', trustpager.credits],
    ['Points held', points],
    ['Credited by rules', scrip.ledger.credited],
    ['Participants', people],
    ['Scrip events', scrip.events_total],
    ['TrustPager runs', trustpager.runs_total],
    ['Requests', view.requests_total],
  ];
  $('tiles').replaceChildren(
    ...tiles.map(([name, value]) => el('div', '', el('dt', '', name), el('dd', '', number.format(value)))),
  );
  const counts = {
    'scrip-count': scrip.automations_total,
    'tp-count': trustpager.automations_total,
    'runs-count': trustpager.runs_total,
    'people-count': people,
    'events-count': scrip.events_total,
    'requests-count': view.requests_total,
  };
  for (const [id, count] of Object.entries(counts)) $(id).textContent = number.format(count);

  fill(
    'scrip',
    scrip.automations.map(row => scripRow(row, now)),
    6,
    'Nothing found',
  );
  fill(
    'tp',
    trustpager.automations.map(row => pagerRow(row, now)),
    5,
    'Nothing found',
  );
  fill(
    'runs',
    trustpager.runs.map(row => runRow(row, now)),
    5,
    'Nothing has run yet',
  );
  fill(
    'people',
    scrip.participants.map(row =>
      el(
        'tr',
        '',
        cell(row.name, 'any'),
        cell(row.external_id, 'tight'),
        status(row.status),
        cell(row.tags.join(', ')),
        cell(row.points === null ? '' : number.format(row.points), 'n'),
      ),
    ),
    5,
    'Nobody found',
  );
  fill(
    'events',
    scrip.events.map(row =>
      el(
        'tr',
        '',
        el('td', 'any', el('code', '', row.type), row.error ? el('div', 'bad', row.error) : ''),
        cell(row.participant_id?.slice(0, 8) ?? 'the program'),
        when(row.at, now),
      ),
    ),
    3,
    'Nothing has happened yet',
  );
  fill(
    'requests',
    view.requests.map(row => requestRow(row, now)),
    6,
    'Nobody has asked for anything yet',
  );
  const sends = trustpager.scheduled.map(row =>
    el('tr', '', cell(`${row.channel} to ${row.to}`, 'any'), status(row.status), when(row.scheduled_for, now)),
  );
  const held = trustpager.approvals.map(row =>
    el(
      'tr',
      '',
      cell(`${row.action}, held for a person`),
      status(row.status),
      cell(`${row.method} ${row.path}`, 'any'),
    ),
  );
  fill('waiting', [...held, ...sends], 3, 'Nothing waits for a person or for business hours');
  fill(
    'faults',
    view.faults.map(row =>
      el(
        'tr',
        '',
        el('td', '', el('code', '', row.fault)),
        cell([row.vendor ?? 'both vendors', row.method, row.path, row.action_type].filter(Boolean).join(' '), 'any'),
        cell(`${row.struck} of ${row.times === 0 ? 'always' : row.times}`, 'n'),
      ),
    ),
    3,
    'No faults ordered',
  );
  $('frozen').hidden = !view.frozen;
  $('freeze').textContent = view.frozen ? 'Let it run' : 'Freeze';
  $('freeze').setAttribute('aria-pressed', String(view.frozen));
  $('next').disabled = view.next_at === null;
  const readings = Object.entries(view.readings).map(([name, value]) => `${name} ${value}`);
  $('readings').textContent = `Readings: ${readings.join(', ')}.`;
  tick();
}

function tick() {
  if (!seen) return;
  const ms = Date.parse(seen.now) + (seen.frozen ? 0 : performance.now() - seenAt);
  const text = new Date(ms).toISOString();
  $('time').textContent = `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
  $('time').dateTime = text;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const answer = await fetch(`/_twin/overview?search=${encodeURIComponent($('search').value)}`);
    seen = await answer.json();
    seenAt = performance.now();
    show(seen);
    if ($('said').textContent === GONE) say('');
  } catch {
    say(GONE);
  }
  clearTimeout(timer);
  if (document.hidden) return;
  const isBusy = seen?.scrip.automations.some(isRunning) || seen?.trustpager.runs.some(run => run.status === 'running');
  timer = setTimeout(refresh, isBusy ? BUSY_MS : CALM_MS);
}

const GONE = 'The twins do not answer.';
const say = text => {
  $('said').textContent = text;
};

async function tell(method, path, body) {
  const answer = await fetch(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) say(said.error ?? `It answered ${answer.status}.`);
  await refresh();
  return answer.ok ? said : undefined;
}

async function move(body) {
  const said = await tell('POST', '/_twin/clock', body);
  if (!said) return;
  const { scrip_firings, scrip_events, trustpager } = said.happened;
  const parts = [
    [scrip_firings, 'firings'],
    [scrip_events, 'events at Scrip'],
    [trustpager, 'moves at TrustPager'],
  ].flatMap(([count, what]) => (count > 0 ? [`${number.format(count)} ${what}`] : []));
  if (body.freeze === undefined) say(parts.length === 0 ? 'Nothing fell due.' : `${parts.join(', ')}.`);
  else say(body.freeze ? 'The clock stands still.' : 'The clock runs.');
}

$('freeze').addEventListener('click', () => move({ freeze: !seen?.frozen }));
for (const button of document.querySelectorAll('[data-step]'))
  button.addEventListener('click', () => move({ advance_ms: Number(button.dataset.step) }));
$('next').addEventListener('click', () => {
  // A second later than due: the scheduler takes a moment to pick it up.
  if (seen?.next_at) move({ now: new Date(Date.parse(seen.next_at) + 1000).toISOString() });
});
$('clear-requests').addEventListener('click', () => tell('DELETE', '/_twin/requests'));
$('clear-faults').addEventListener('click', () => tell('DELETE', '/_twin/faults'));
$('order').addEventListener('submit', event => {
  event.preventDefault();
  const { fault, vendor, path, times } = Object.fromEntries(new FormData(event.target));
  const order = { fault, times: Number(times), ...(vendor ? { vendor } : {}), ...(path ? { path } : {}) };
  tell('POST', '/_twin/faults', order);
});
$('search').addEventListener('input', refresh);
document.addEventListener('visibilitychange', refresh);
for (const name of FAULTS) $('fault').append(el('option', '', name));
for (const box of document.querySelectorAll('.scroll')) {
  // Every browser then lets the keyboard scroll it, and a reader knows what it is.
  Object.assign(box, {
    tabIndex: 0,
    role: 'region',
    ariaLabel: box.parentElement?.querySelector('h2')?.firstChild?.textContent?.trim(),
  });
}
setInterval(tick, 250);
refresh();
