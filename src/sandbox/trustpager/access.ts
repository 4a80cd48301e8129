// Who may do what on TrustPager: keys, scopes in all their spellings, the approval levels, and the rate limits (trustpager.md 3, 4).
import type { Readings } from '../readings.ts';
import { rateLimited, TrustPagerError } from './errors.ts';
import type { Key, TrustPagerState } from './state.ts';

export type Capability =
  | 'read'
  | 'write'
  | 'delete'
  | 'trigger'
  | 'execute'
  | 'billing'
  | 'dispatcher:read'
  | 'dispatcher:write'
  | 'dispatcher:delete'
  | 'approvals:read'
  | 'approvals:write';
export type Grant = 'yes' | 'held' | 'no';

const NEW_TRIGGER = 'automations-trigger:trigger';
const OLD_TRIGGER = 'automations:trigger';
const TRIGGER: Record<Readings['trigger_scope'], string[]> = {
  both: [NEW_TRIGGER, OLD_TRIGGER],
  new: [NEW_TRIGGER],
  old: [OLD_TRIGGER],
};
const WRITE = ['automations:write'];
const READ = ['automations:read', 'automations:write', 'automations:delete'];

const REQUIRED: Record<Exclude<Capability, 'trigger' | 'execute'>, string[]> = {
  read: ['automations:read'],
  write: WRITE,
  delete: ['automations:delete', 'automations:write'],
  billing: ['billing:read'],
  'dispatcher:read': ['dispatcher:read'],
  'dispatcher:write': ['dispatcher:write'],
  'dispatcher:delete': ['dispatcher:delete'],
  'approvals:read': ['approvals:read'],
  'approvals:write': ['approvals:write'],
};

/** What a 403 lists as required_scopes. */
export function requiredScopes(capability: Capability, { trigger_scope }: Readings): string[] {
  if (capability === 'trigger') return TRIGGER[trigger_scope];
  if (capability === 'execute') return [...WRITE, ...TRIGGER[trigger_scope].slice(0, 1)];
  return REQUIRED[capability];
}

/** Whether one of the scopes is held outright, only at its approval level, or not at all. */
function oneOf(scopes: readonly string[], wanted: readonly string[]): Grant {
  if (wanted.some(scope => scopes.includes(scope))) return 'yes';
  return wanted.some(scope => scopes.includes(`${scope}-approval`)) ? 'held' : 'no';
}

export function granted(scopes: readonly string[], capability: Capability, { trigger_scope }: Readings): Grant {
  if (scopes.includes('admin')) return 'yes';
  switch (capability) {
    case 'read':
      // Each level of the ladder includes reading, its approval level too (trustpager.md 3.1).
      return oneOf(scopes, READ) === 'no' ? 'no' : 'yes';
    case 'delete':
      // C2: automations:delete in the newer source, automations:write on the page; either will do.
      return oneOf(scopes, ['automations:delete', 'automations:write']);
    case 'trigger':
      return oneOf(scopes, TRIGGER[trigger_scope]);
    case 'execute': {
      // C2: the page's heading names automations:write and its text the trigger scope; taken together, both are needed.
      const grants = [oneOf(scopes, TRIGGER[trigger_scope]), oneOf(scopes, WRITE)];
      return grants.includes('no') ? 'no' : grants.includes('held') ? 'held' : 'yes';
    }
    case 'approvals:read':
      return oneOf(scopes, ['approvals:read', 'approvals:write']);
    case 'dispatcher:read':
      return oneOf(scopes, ['dispatcher:read', 'dispatcher:write', 'dispatcher:delete']);
    default:
      return oneOf(scopes, REQUIRED[capability]);
  }
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const PER_MINUTE = 60;
const PER_DAY = 10_000;

/** 60 a minute and 10,000 a day for each key. silent: the kind of window; sliding here. */
export function countRequest(state: TrustPagerState, key: Key): void {
  if (!state.rateLimits) return;
  const now = state.clock.now();
  key.used = key.used.filter(at => at > now - DAY);
  const oldestInMinute = key.used.at(-PER_MINUTE);
  const oldestInDay = key.used.at(-PER_DAY);
  const freeAt = Math.max(
    oldestInMinute === undefined ? 0 : oldestInMinute + MINUTE,
    oldestInDay === undefined ? 0 : oldestInDay + DAY,
  );
  if (freeAt > now) throw new RateLimited(Math.max(1, Math.ceil((freeAt - now) / 1000)));
  key.used.push(now);
}

export class RateLimited extends TrustPagerError {
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    const { status, code, message, extras } = rateLimited();
    super(status, code, message, extras);
    this.retryAfter = retryAfter;
  }
}
