// What TrustPager would accept in silence and a person should know first: blank variables, and sends without a limit (trustpager.md 5.3 and 5.5).
import { type Check, note } from '../checks.ts';
import { quote } from '../text.ts';
import { actionClass } from './actions.ts';

/** The roots of the variables that the pages name; `products` is indexed. */
const roots = [
  'contact',
  'deal',
  'customer',
  'account',
  'company',
  'user',
  'supplier',
  'products',
  'trigger',
  'var',
  'today',
  'now',
];
const variable = /\{\{\s*([^{}]{0,200}?)\s*\}\}/g;

/** Texts inside a config, found without recursion: what an agent wrote may be nested as deep as it likes. */
function texts(config: unknown): string[] {
  const found: string[] = [];
  const open: unknown[] = [config];
  for (let at = 0; at < open.length && at < 10_000; at++) {
    const value = open[at];
    if (typeof value === 'string') found.push(value);
    else if (typeof value === 'object' && value !== null) open.push(...Object.values(value).slice(0, 1_000));
  }
  return found;
}

const root = (name: string): string => /^[A-Za-z_]+/.exec(name)?.[0] ?? '';

/** `{{contact_email}}` is in one of the vendor's own examples; everywhere else it is a dot (trustpager.md C5). */
const dotted = (name: string): string | undefined => {
  const [, start = '', rest = ''] = /^([a-z]+)_([a-z_]+)$/.exec(name) ?? [];
  return start !== 'today' && start !== 'now' && roots.includes(start) ? `${start}.${rest}` : undefined;
};

/** An unknown variable becomes empty text in what is sent, and nothing says so. */
export function variableHints(name: string, config: unknown): Check[] {
  const used = new Set(texts(config).flatMap(text => [...text.matchAll(variable)].map(([, inner = '']) => inner)));
  const unknown = [...used].filter(inner => !roots.includes(root(inner)) || /^(?!today$|now$)[A-Za-z_]+$/.test(inner));
  return unknown.slice(0, 5).map(inner => {
    const better = dotted(inner);
    return note(
      name,
      `config has {{${quote(inner, 60).slice(1, -1)}}}, which is not a variable that TrustPager documents, and those become empty text${better ? `: use {{${better}}}` : `: use one under ${roots.slice(0, -2).join(', ')}, such as {{contact.first_name}}`}.`,
    );
  });
}

/** What sends, calls out or starts more, by itself and without a limit, is advised against by the vendor (trustpager.md section 10). */
export function limitHints(automation: {
  max_executions_per_day?: number | null | undefined;
  dedup_enabled?: boolean | null | undefined;
  actions?: readonly { action_type?: string | undefined }[] | undefined;
}): Check[] {
  const reaching = (automation.actions ?? []).find(({ action_type }) => actionClass(action_type) !== 'internal');
  if (!reaching || typeof automation.max_executions_per_day === 'number') return [];
  const dedup = automation.dedup_enabled === true ? '' : ', nor dedup_enabled';
  return [
    note(
      'limits',
      `it has the action ${quote(reaching.action_type ?? 'without a type', 60)} and no max_executions_per_day${dedup}, so nothing bounds how often it runs in a day: set one, such as 100.`,
    ),
  ];
}
