// The rows of the page's tables, made of elements and text, never of markup.
export const number = new Intl.NumberFormat('en');

/** An element with a class and children; what is no element becomes text. */
export function el(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter(child => child !== null && child !== undefined && child !== ''));
  return made;
}

export const cell = (text, className = '') => el('td', className, text === null ? '' : String(text));

/** How far away a moment is, with the moment itself on hover. */
export function when(iso, now) {
  if (!iso) return cell('');
  const ms = Date.parse(iso) - now;
  const [abs, units] = [
    Math.abs(ms),
    [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['min', 60_000],
      ['s', 1000],
    ],
  ];
  const first = units.findIndex(([, size]) => abs >= size);
  const parts = first < 0 ? ['0 s'] : [];
  let rest = abs;
  for (const [unit, size] of first < 0 ? [] : units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  const made = el('td', 'tight', ms >= 0 ? `in ${parts.join(' ')}` : `${parts.join(' ')} ago`);
  made.title = iso;
  return made;
}

const TONES = {
  active: 'good',
  completed: 'good',
  executed: 'good',
  dispatched: 'good',
  ACTIVE: 'good',
  pending: 'busy',
  executing: 'busy',
  running: 'busy',
  dispatching: 'busy',
  SUSPENDED: 'busy',
  failed: 'bad',
  expired: 'bad',
  rejected: 'bad',
  CLOSED: 'bad',
};
export const status = text => cell(text, (text && TONES[text]) || 'soft');

/** Replaces the rows of a table, where they differ from what stands there. */
export function fill(id, rows, columns, none) {
  const body = document.getElementById(id);
  const made = rows.length > 0 ? rows : [el('tr', 'none', Object.assign(cell(none), { colSpan: columns }))];
  const now = made.map(row => row.outerHTML).join('');
  if (body.dataset.shown === String(now.length) && body.innerHTML === now) return;
  body.dataset.shown = String(now.length);
  body.replaceChildren(...made);
}

function trigger(row) {
  const schedule = row.cron_expression ? el('code', '', row.cron_expression) : '';
  const made = el('td', '', row.trigger_type, row.scope === 'program' ? ' × program ' : ' ', schedule);
  if (row.timezone) made.title = row.timezone;
  return made;
}

function fanout(row) {
  if (row.total === null)
    return row.subscribed > 0 ? cell(`${number.format(row.subscribed)} subscribed`, 'soft') : cell('');
  const bar = el('progress');
  bar.max = Math.max(1, row.total);
  bar.value = row.total === 0 ? 1 : row.processed;
  const text = `${number.format(row.processed)} of ${number.format(row.total)} `;
  bar.setAttribute('aria-label', `${row.name}: ${text}`);
  return el('td', 'tight', bar, text, el('span', TONES[row.execution_status] ?? 'soft', row.execution_status));
}

export const isRunning = row => row.execution_status === 'executing' || row.execution_status === 'pending';

export function scripRow(row, now) {
  const name = el('td', 'any', row.name, el('div', 'soft', el('code', '', row.event_name)));
  name.title = row.id;
  const cells = [name, trigger(row), status(row.status), fanout(row), when(row.last_at, now), when(row.next_at, now)];
  return el('tr', isRunning(row) ? 'running' : '', ...cells);
}

export function pagerRow(row, now) {
  const limits = [
    row.max_executions_per_day === null ? '' : `at most ${row.max_executions_per_day} a day`,
    row.dedup_window_minutes === null ? '' : `once in ${row.dedup_window_minutes} min`,
  ].filter(Boolean);
  const name = el('td', 'any', row.name, limits.length > 0 ? el('div', 'soft', limits.join(', ')) : '');
  name.title = row.id;
  return el(
    'tr',
    '',
    name,
    el('td', '', el('code', '', row.trigger_type)),
    cell(row.enabled ? 'yes' : 'no', row.enabled ? 'good' : 'soft'),
    cell(number.format(row.runs), 'n'),
    when(row.last_at, now),
  );
}

export function runRow(row, now) {
  const failed = row.failed > 0 ? el('div', 'bad', `${row.failed} failed`) : '';
  const name = el(
    'td',
    'any',
    row.name,
    el('div', 'soft', [row.trigger_type, row.error_message].filter(Boolean).join(': ')),
  );
  return el(
    'tr',
    row.status === 'running' ? 'running' : '',
    name,
    status(row.status),
    el('td', 'n tight', `${row.done} of ${row.actions_total}`, failed),
    cell(row.credits_spent || '', 'n'),
    when(row.started_at, now),
  );
}

export function requestRow(row, now) {
  const short = row.path.replace('/scrip/v1', '').replace('/trustpager/functions/v1/api/v1', '');
  const path = el('td', 'any', `${row.method} `, el('code', '', short));
  path.title = row.path;
  const tone = row.status === null || row.status >= 500 ? 'bad' : row.status >= 400 ? 'busy' : 'good';
  const what = [row.effect ? 'carried out' : '', row.note ?? '', row.fault ? `fault ${row.fault}` : ''];
  return el(
    'tr',
    '',
    cell(row.seq, 'n'),
    cell(row.vendor),
    path,
    cell(row.status ?? 'none', `n ${tone}`),
    cell(what.filter(Boolean).join(', ')),
    when(row.at, now),
  );
}
