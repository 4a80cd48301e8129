// What an action sees: trigger_data enriched from the CRM, and {{variables}} resolved against it (trustpager.md 5.3, 5.5).
import { isoTime } from '../clock.ts';
import { atPath, isObject, type JsonObject } from '../json.ts';
import type { Workspace } from './state.ts';

/** The raw payload, plus contact, deal and customer where its ids, or the records it brings along, lead to them. */
export function enrich(workspace: Workspace, data: JsonObject, now: number): JsonObject {
  const idOf = (kind: string) => (data._trigger_entity_kind === kind ? data._trigger_entity_id : data[`${kind}_id`]);
  const deal = workspace.deals.get(String(idOf('deal')));
  const known = workspace.contacts.get(String(idOf('contact') ?? deal?.contact_id));
  const customer = workspace.customers.get(String(idOf('customer') ?? known?.customer_id));
  const contact = { ...known, ...(isObject(data.contact) ? data.contact : {}) };
  return {
    ...data,
    contact,
    deal: { ...deal, ...(isObject(data.deal) ? data.deal : {}) },
    customer: { ...customer, ...(isObject(data.customer) ? data.customer : {}) },
    account: customer ?? {},
    company: { name: workspace.name },
    user: workspace.user,
    trigger: data,
    tags: data.tags ?? known?.tags ?? [],
    lead_source: data.lead_source ?? known?.lead_source,
    today: isoTime(now).slice(0, 10),
    now: isoTime(now),
  };
}

/** Replaces {{path}} in every string; what does not resolve becomes empty, silently (trustpager.md 5.5). */
export function resolve(value: unknown, context: JsonObject): unknown {
  if (typeof value === 'string')
    return value.replace(/\{\{\s*([\w.[\]]+)\s*\}\}/g, (_, path: string) => {
      const found = atPath(context, path);
      return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean' ? String(found) : '';
    });
  if (Array.isArray(value)) return value.map(item => resolve(item, context));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner, context)]));
  return value;
}
