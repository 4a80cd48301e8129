// The seeded members of the coffee roaster's programs: the same names, tags, counters and attributes at every start.
import { SCRIP_PROGRAMS, scripParticipantId } from '../seed.ts';
import type { Participant } from './state.ts';

const FIRST =
  'Ava Noah Mia Leo Isla Jack Ruby Finn Zara Hugo Nina Omar Elsie Theo Maya Kai Freya Luca Anya Reuben'.split(' ');
const LAST =
  'Okafor Nguyen Rossi Walsh Patel Lindqvist Haddad Moreau Tanaka Silva Brandt Kowalski Amara Doyle Iversen Castro Mbeki'.split(
    ' ',
  );
const CITIES = ['Melbourne', 'Melbourne', 'Geelong', 'Ballarat', 'Hobart'];
const BEANS = ['Yirgacheffe', 'Huila', 'Sumatra', 'House blend'];
const CAFES =
  'Tram Stop Espresso,North Pier Café,Milk & Co,The Reading Room,Corner Press,Bluestone,Little Wren,Post Office Coffee,Saltbush,Grindhouse,Yarra Bend Kiosk,Paper Plane,Second Cup Lane,The Boatshed'.split(
    ',',
  );

/** A number that looks random and is the same every time. */
function scatter(n: number, salt: number, below: number): number {
  let hash = Math.imul(n ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % below;
}
const pick = <T>(from: readonly T[], n: number, otherwise: T) => from[n % from.length] ?? otherwise;
const two = (n: number) => String(n).padStart(2, '0');

export const REWARDS_SIZE = 360;

/** Members from the first one asked for on; the seeded program has REWARDS_SIZE. */
export function rewardsMembers(upTo = REWARDS_SIZE, startAt = 1): Participant[] {
  return Array.from({ length: Math.max(0, upTo - startAt + 1) }, (_, index) => {
    const n = startAt + index;
    const visits = n % 9 === 0 ? 0 : scatter(n, 1, 48);
    const tags = [n % 10 < 3 ? 'vip' : 'regular'];
    if (n > REWARDS_SIZE - 8 && n <= REWARDS_SIZE) tags.push('new');
    if (visits < 3) tags.push('lapsed');
    const first = pick(FIRST, n, 'Ava');
    const last = pick(LAST, n, 'Doyle');
    return {
      id: scripParticipantId('rewards', n),
      program_id: SCRIP_PROGRAMS.rewards,
      external_id: `member-${String(n).padStart(4, '0')}`,
      status: n === 77 ? 'CLOSED' : n % 120 === 0 ? 'SUSPENDED' : 'ACTIVE',
      tags,
      counters: { visits, points: scatter(n, 2, 240) },
      attributes: {
        first_name: first,
        last_name: last,
        email: `${first}.${last}.${n}@example.test`.toLowerCase(),
        city: pick(CITIES, scatter(n, 3, 5), 'Melbourne'),
        favourite_bean: pick(BEANS, scatter(n, 4, 4), 'House blend'),
        // One in six never told us: conditions on a missing field are false for them (scrip.md 11).
        ...(n % 6 === 0
          ? {}
          : { birthday: `${1955 + scatter(n, 5, 48)}-${two(1 + scatter(n, 6, 12))}-${two(1 + scatter(n, 7, 28))}` }),
      },
    };
  });
}

export function wholesaleMembers(): Participant[] {
  return CAFES.map((name, index) => {
    const n = index + 1;
    return {
      id: scripParticipantId('wholesale', n),
      program_id: SCRIP_PROGRAMS.wholesale,
      external_id: `cafe-${two(n)}`,
      status: 'ACTIVE',
      tags: n % 3 === 0 ? ['quiet'] : ['ordering'],
      counters: { orders: scatter(n, 8, 60), kilos: scatter(n, 9, 900) },
      attributes: { name, city: pick(CITIES, n, 'Melbourne') },
    };
  });
}
