// The house as one principal sees it: the same house with what is not theirs taken away, so that everything behind it answers for them alone.
import { versionOf } from '../ledger/canonical.ts';
import { inBoth } from '../policy/scope.ts';
import type { Principal } from '../principal.ts';
import type { House } from './house.ts';
import { offered, toolList } from './offer.ts';

export interface View {
  house: House;
  /** What `tools/list` answers. */
  list: ReturnType<typeof toolList>;
}

/** What file and token both grant; undefined where neither says anything. */
function scopesOf({ scopes, token }: Principal): readonly string[] | undefined {
  return scopes && token ? inBoth(scopes, token) : (scopes ?? token);
}

/** Whoever may use the same accounts and tools shares one list of them, made when it is first needed. */
export function views(house: House): (principal: Principal) => View {
  const offers = new Map<string, { tools: House['tools']; list?: View['list'] }>();
  return principal => {
    const { connections: mine, toolset = 'all', readOnly, noSpend } = principal;
    const scopes = scopesOf(principal);
    const connections = mine ? house.connections.filter(({ id }) => mine.includes(id)) : house.connections;
    const shape = JSON.stringify([toolset, ...connections.map(({ id }) => id)]);
    const offer = offers.get(shape) ?? { tools: offered(house.catalogue, connections, toolset) };
    offers.set(shape, offer);
    const narrowed = {
      ...(scopes ? { scopes } : {}),
      ...(readOnly ? { readOnly } : {}),
      ...(noSpend ? { noSpend } : {}),
    };
    return {
      house: {
        ...house,
        // A session may outlast the clock it began with, where that is set.
        now: () => house.now(),
        connections,
        tools: offer.tools,
        ...(Object.keys(narrowed).length > 0 ? { narrowed } : {}),
      },
      get list() {
        if (!offer.list) {
          offer.list = toolList(offer.tools);
          // Whoever compares logs sees whether what agents were told has changed (reliability.md C21).
          house.log.info({ tools: offer.list.length, digest: versionOf(offer.list) }, 'tools');
        }
        return offer.list;
      },
    };
  };
}
