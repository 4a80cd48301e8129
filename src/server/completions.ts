// What a client may offer while somebody types an argument of a prompt or a part of an address: at most a hundred words, from what is known already or one short look.
import type { CompleteRequestParams } from '@modelcontextprotocol/server';
import { accountKey } from './gather.ts';
import type { Connection } from './house.ts';
import type { Reader } from './resources.ts';

const MOST = 100;
/** A list of automations is looked up again after this long, in milliseconds; people type faster than that. */
const FRESH = 60_000;
/** A vendor that takes longer is not waited for. */
const PATIENCE = 2_500;

/** When each account's automations were last looked up for a caller; what forgets the names forgets this too. */
const looked = new WeakMap<object, Map<string, number>>();

/** The account's automations: what the caller has met, and its first page where that was not read lately. */
async function automationsOf(reader: Reader, connection: Connection) {
  const { house, principal, call } = reader;
  const key = accountKey(principal, connection);
  const times = looked.get(house.seen) ?? new Map<string, number>();
  looked.set(house.seen, times);
  const tool = house.tools.get(`${connection.vendor}_list_automations`);
  if (tool && house.now() - (times.get(key) ?? 0) > FRESH) {
    times.set(key, house.now());
    const args = { limit: 50, ...('connection' in tool.input.shape ? { connection: connection.id } : {}) };
    const late = new Promise(done => setTimeout(done, PATIENCE).unref());
    // Whatever comes of it, somebody is typing: what is known is offered.
    await Promise.race([call(tool.name, args).catch(() => {}), late]);
  }
  return house.seen.met(key);
}

async function automations(reader: Reader, named: (connection: Connection) => boolean) {
  return (await Promise.all(reader.house.connections.filter(named).map(one => automationsOf(reader, one)))).flat();
}

const zones = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

async function words(reader: Reader, argument: string, given: Record<string, string>): Promise<readonly string[]> {
  const { connections, suggested } = reader.house;
  const vendors = [...new Set(connections.map(({ vendor }) => vendor))];
  const ofVendor = ({ vendor }: Connection): boolean => given.vendor === undefined || given.vendor === vendor;
  switch (argument) {
    case 'vendor':
    case 'to':
      return vendors;
    case 'connection':
      return connections.map(({ id }) => id);
    case 'automation':
      return (await automations(reader, ofVendor)).map(({ id, name }) => name || id);
    case 'zone':
      return zones();
    case 'action':
      return suggested.actions;
    case 'event': {
      const own =
        given.vendor === 'trustpager' ? [] : (await automations(reader, ofVendor)).flatMap(({ event }) => event ?? []);
      return [
        ...own,
        ...vendors.filter(vendor => ofVendor({ vendor } as Connection)).flatMap(vendor => suggested.triggers[vendor]),
      ];
    }
    default:
      return [];
  }
}

export async function complete(reader: Reader, { argument, context }: CompleteRequestParams) {
  const given = context?.arguments ?? {};
  const typed = argument.value.slice(0, 100).trim().toLowerCase();
  const fits = (text: string): boolean => text.toLowerCase().includes(typed);
  // An id is found by its automation's name as well.
  const all =
    argument.name === 'id'
      ? (await automations(reader, ({ id }) => given.connection === undefined || given.connection === id))
          .filter(({ id, name }) => fits(id) || fits(name))
          .map(({ id }) => id)
      : (await words(reader, argument.name, given)).filter(fits);
  const first = (text: string): number => (text.toLowerCase().startsWith(typed) ? 0 : 1);
  const values = [...new Set(all)].sort((a, b) => first(a) - first(b));
  return {
    completion: { values: values.slice(0, MOST), total: values.length, hasMore: values.length > MOST },
  };
}
