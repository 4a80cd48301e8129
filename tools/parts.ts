// What the tools share that change one part, a trigger row or an action, of a TrustPager automation: the draft of such a write.
import type { Change, Draft } from '../src/tool.ts';
import type { Check } from '../src/vendors/checks.ts';
import { quote } from '../src/vendors/text.ts';
import type { WholeAutomation } from '../src/vendors/trustpager/reader.ts';
import type { VendorRequest } from '../src/vendors/types.ts';
import { live, nothingNow, target } from './trustpager.ts';

/** On an enabled automation every change of its parts changes what will be sent to whom, so it arms; on a disabled one it does nothing yet. */
export function draftPart(
  automation: WholeAutomation,
  {
    what,
    request,
    checks,
    changes,
    removes = false,
    cost,
  }: {
    what: string;
    request: VendorRequest;
    checks: Check[];
    changes: Change[];
    removes?: boolean;
    cost?: string;
  },
): Draft {
  const arms = live(automation);
  return {
    effect: removes ? 'delete' : arms ? 'arm' : 'update',
    summary: `${what} ${removes ? 'from' : 'in'} ${quote(automation.name ?? '')}, which is ${arms ? `enabled${cost ? `: then ${cost}` : ''}` : 'disabled'}`,
    target: target(automation),
    request,
    checks,
    changes,
    quote: nothingNow,
    ...(arms
      ? { audience: { note: `everyone whose ${automation.trigger_type ?? 'event'} matches, from now on` } }
      : {}),
    preimage: {},
  };
}

/** The diff of one part: what is given against what stands there. */
export const partChanges = (of: string, before: object | undefined, given: object): Change[] =>
  Object.entries(given).flatMap(([field, to]) =>
    to === undefined
      ? []
      : [{ field: `${of} ${field}`, from: (before as Record<string, unknown> | undefined)?.[field], to }],
  );
