// The text a person sees before saying yes: every fact of one call, in the same order each time, harmless whatever a vendor wrote into it.

/** Structural, so that drafts, connections and intents fit as they are. */
export interface ShownFacts {
  connection: { id: string; vendor: string; environment: string };
  tool: string;
  /** What will happen, one sentence. */
  summary: string;
  target?: { id: string; name: string } | undefined;
  changes: readonly { field: string; from?: unknown; to?: unknown }[];
  /** Credits; where something is unknown, `low` and `high` cover only the rest. */
  quote: { low: number; high: number; unknown: readonly string[] };
  /** Credits left now, where the vendor counts any. */
  balance?: number | undefined;
  /** A line for each budget that bears on it. */
  budgets: readonly string[];
  audience?: { people?: number; note: string } | undefined;
  undo: string;
  rule: string;
  reason: string;
  /** Who asks, where it must be another person who answers. */
  another?: string | undefined;
  /** The same call, sent earlier, whose outcome nobody could find out. */
  unsettled?: { id: string; created_at: number } | undefined;
  /** The same call, done a moment ago. */
  lastDone?: { settled_at: number | null } | undefined;
  now: number;
  expires_at: number;
}

/** Controls, bidirectional marks, zero widths, private use, lone surrogates, and whatever Unicode lets be drawn as nothing. */
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Nothing in it moves a cursor, hides or turns text; every kind of white space becomes a space. */
export const visible = (line: string): string => line.replace(/[\s\u0085]/gu, ' ').replace(invisible, '');

/** One visible line of at most `max` characters. Vendor text arrives cleaned; this is the second lock. */
export function oneLine(text: string, max = 200): string {
  const line = visible(text).replace(/ +/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join('')}…`;
}

/** What a client that renders HTML or Markdown would take for a tag, a link or a picture; `a < 5` stays readable. */
const tag = /<(?=[^\s\d=])/gu;

/** A line for the text itself, which clients draw each in their own way. */
const plain = (text: string, max?: number): string => oneLine(text, max).replace(tag, '‹').replaceAll('](', '] (');

/** Quotes inside become single, so that a name cannot end early and go on in our voice. */
const quoted = (text: string, max = 200): string => `"${plain(text, max).replaceAll('"', "'")}"`;

const value = (of: unknown, absent: string, max: number): string => {
  if (of === undefined) return absent;
  return typeof of === 'string' ? quoted(of, max) : plain(`${JSON.stringify(of)}`, max);
};

/** One change in words, each of them one line. */
export interface Change {
  field: string;
  from: string;
  to: string;
}

const inWords = ({ field, from, to }: ShownFacts['changes'][number], max: number): Change => ({
  field: plain(field, 60),
  from: value(from, 'not set', max),
  to: value(to, 'removed', max),
});

/** As it stands in the text. */
export const changeLine = ({ field, from, to }: Change): string => `  ${field}: ${from} → ${to}`;

/** Every change, for page and terminal, which have room for all of them and for long values. */
export const allChanges = (changes: ShownFacts['changes']): Change[] => changes.map(change => inWords(change, 2_000));

/** As the row holds them; none where an earlier version of this program asked, or where they cannot be read. */
export function changesOf({ changes }: { changes: string }): Change[] {
  try {
    return JSON.parse(changes) as Change[];
  } catch {
    return [];
  }
}

/** In UTC, so that the text is the same wherever it is made and read. */
export const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const span = (low: number, high: number): string => (low === high ? `${low}` : `${low} to ${high}`);

const ago = (ms: number): string => (ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

function cost({ low, high, unknown }: ShownFacts['quote'], balance: number | undefined): string {
  if (unknown.length > 0) {
    const rest = high > 0 ? `; at least ${span(low, high)} credits` : '';
    return `price unknown: ${plain(unknown.join('; '), 140)}${rest}${balance === undefined ? '' : `; ${balance} left now`}`;
  }
  const credits = high === 1 && low === 1 ? '1 credit' : `${span(low, high)} credits`;
  if (balance === undefined || high === 0) return credits;
  return high > balance
    ? `${credits}, of which only ${balance} are left`
    : `${credits}; ${span(balance - high, balance - low)} left after`;
}

/** The note often names the number itself. */
function reach({ people, note }: NonNullable<ShownFacts['audience']>): string {
  const line = plain(note, 120);
  return people === undefined || line.includes(`${people}`) ? line : `${people} people as last known; ${line}`;
}

/** At most three, so that they leave room for the rest. */
const budgets = (lines: readonly string[]): string[] => [
  ...lines.slice(0, 3).map(line => `Budget: ${plain(line, 160)}`),
  ...(lines.length > 3 ? [`Budget: and ${lines.length - 3} more, which plan_call shows`] : []),
];

/** The text may be a little over a thousand characters; changes get what the rest leaves, and never less than this. */
const room = { whole: 1_080, changes: 300 };

/** Changes are cut last, and the text says how many are not in it: names that a vendor made long must not hide them. */
function diff(changes: ShownFacts['changes'], left: number): string[] {
  const lines: string[] = [];
  let used = 0;
  for (const change of changes) {
    const line = changeLine(inWords(change, 120));
    used += line.length + 1;
    if (lines.length > 0 && used > left) break;
    lines.push(line);
  }
  const more = changes.length - lines.length;
  return more > 0
    ? [...lines, `  … and ${more} more ${more === 1 ? 'change' : 'changes'}; \`approvals show\` has the whole call`]
    : lines;
}

/** The whole text, exactly as it is stored with the question and shown by client, page and terminal alike. */
export function shownText(facts: ShownFacts): string {
  const { connection, target, changes, audience, unsettled, lastDone, now } = facts;
  const sentence = plain(facts.summary);
  const before = [
    `Confirm: ${sentence}${/[.!?…]$/.test(sentence) ? '' : '.'}`,
    `Account: ${plain(connection.id, 40)} (${plain(connection.vendor, 20)}, ${plain(connection.environment, 20)}); tool ${plain(facts.tool, 40)}`,
    ...(target ? [`Automation: ${quoted(target.name, 80)}, id ${plain(target.id, 40)}`] : []),
  ];
  const after = [
    `Cost: ${cost(facts.quote, facts.balance)}`,
    ...budgets(facts.budgets),
    ...(audience ? [`Reaches: ${reach(audience)}`] : []),
    `Undo: ${plain(facts.undo, 120)}`,
    `Asked by rule ${quoted(facts.rule, 40)}: ${plain(facts.reason)}`,
    ...(facts.another === undefined ? [] : [`Approver: another person than ${quoted(facts.another, 60)}`]),
    ...(unsettled
      ? [
          `WARNING: the same call was sent at ${moment(unsettled.created_at)}, ${ago(now - unsettled.created_at)} ago (intent ${plain(unsettled.id, 40)}) and nobody could find out whether it ran. A yes may do it twice.`,
        ]
      : []),
    ...(lastDone?.settled_at
      ? [
          `WARNING: the same call was last done at ${moment(lastDone.settled_at)}, ${ago(now - lastDone.settled_at)} ago. A yes does it again.`,
        ]
      : []),
    `Can be answered until ${moment(facts.expires_at)}, for ${ago(facts.expires_at - now)}`,
  ];
  const fixed = [...before, ...after].join('\n').length;
  const diffed = changes.length > 0 ? ['Changes:', ...diff(changes, Math.max(room.changes, room.whole - fixed))] : [];
  return [...before, ...diffed, ...after].join('\n');
}
