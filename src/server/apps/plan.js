// The card of a plan: what the planned call would do, as plan_call told it. It shows; nothing on it approves or sends.
import { connect, folded, make, show, terms, textOf } from './bridge.js';

const verdicts = {
  allow: ['Goes through without asking', 'good'],
  ask: ['A person is asked first', 'ask'],
  ask_human: ['A person is asked first, outside this client', 'ask'],
  deny: ['Would be refused', 'bad'],
};

/** What a line of the text says that begins with this word. */
const line = (text, word) =>
  text
    .split('\n')
    .find(one => one.startsWith(`${word}: `))
    ?.slice(word.length + 2);

/** The next times, with the zone in which they are told. */
function fires(text) {
  const [, zone = '', times] = /^fires(?: \(([^)]*)\))?: (.*)$/m.exec(text) ?? [];
  return times && `${times}${zone ? ` (${zone})` : ''}`;
}

function cost({ low, high, unknown = [] } = {}) {
  if (low === undefined) return undefined;
  const known = low === high ? `${high} credits` : `${low} to ${high} credits`;
  return unknown.length > 0 ? `price unknown (at least ${known}): ${unknown.join('; ')}` : known;
}

function card(result) {
  const text = textOf(result);
  const { outcome, verdict, rule, reason, effect, connection, request, reaches, credits, undo, tool, ...plan } =
    result.structuredContent ?? {};
  const { preconditions = [], budgets = [] } = plan;
  if (outcome !== 'done' || !verdicts[verdict]) {
    show(make('h1', 'No plan'), make('p', text.split('\n').slice(0, 3).join(' '), 'bad'));
    return;
  }
  const [word, kind] = verdicts[verdict];
  const checks = make('ul');
  for (const { pass, reason: said } of preconditions)
    checks.append(
      make('li', `${pass ? '' : 'Not so: '}${said}`, pass ? (said.startsWith('Note: ') ? 'ask' : 'good') : 'bad'),
    );
  show(
    make('h1', line(text, 'what') ?? tool),
    make('span', word, `mark ${kind}`),
    make('p', reason),
    terms([
      ['Account', line(text, 'account') ?? connection],
      ['Cost', line(text, 'cost') ?? cost(credits)],
      [
        'Reaches',
        reaches &&
          [reaches.people === undefined ? undefined : `${reaches.people} people`, reaches.who]
            .filter(Boolean)
            .join(', '),
      ],
      ['Fires', fires(text)],
      ['Effect', effect],
      ['Undo', undo],
      ['Rule', rule],
      ...budgets.map(budget => ['Budget', budget]),
    ]),
    ...(preconditions.length > 0 ? [checks] : []),
    ...(request
      ? [folded('The very request', [`${request.method} ${request.url}`, request.body].filter(Boolean).join('\n'))]
      : []),
    folded('All that the plan says', text),
    make('p', 'A plan is no yes: the call itself is decided anew.', 'note'),
  );
}

show(make('p', 'Planning…'));
connect('Plan of a call', { result: card, cancelled: () => show(make('p', 'The plan was cancelled.')) });
