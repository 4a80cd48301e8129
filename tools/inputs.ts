// Arguments that several tools share, each described once. Published schemas carry no patterns: the rules are checked here.
import * as z from 'zod';
import { marker } from '../src/vendors/trustpager/requests.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID, or its first eight or more characters as a list showed them; the call path writes it out before anything else. */
export const scripId = (what: string) =>
  z
    .string()
    .refine(
      value =>
        uuid.test(value) || (value.length >= 8 && value.length < 36 && uuid.test(value + zeros.slice(value.length))),
      'must be a UUID, or its first 8 or more characters as listed',
    )
    .describe(what);

const zeros = '00000000-0000-0000-0000-000000000000';

/** TrustPager's ids are not documented as UUIDs; anything that is safe in a path is let through (trustpager.md section 5). */
export const trustpagerId = (what: string) =>
  z
    .string()
    .refine(value => /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value), 'must be an id of letters, digits, - and _')
    .describe(what);

export const program = z
  .string()
  .refine(value => uuid.test(value), 'must be a UUID')
  .optional()
  .describe('Program UUID; default: the account’s.');

export const limit = z.int().min(1).max(50).default(10).describe('Rows, 1 to 50; default 10.');
export const detail = z
  .enum(['concise', 'full'])
  .default('concise')
  .describe('concise (default): short rows, ids cut to beginnings that every tool takes.');
export const cursor = z.string().max(500).optional().describe('next_cursor of the page before.');

/** Without words where the name says it all: every agent reads every word of every tool. */
const described = <S extends z.ZodType>(schema: S, what: string | undefined): S =>
  what ? schema.describe(what) : schema;

/** Free-form JSON object: passed on as it is, within bounds that no honest payload meets. */
export const object = (what?: string) =>
  described(
    z
      .record(z.string(), z.json())
      .refine(value => JSON.stringify(value).length <= 64_000, 'must be at most 64,000 characters as JSON'),
    what,
  );

export const text = (what?: string, max = 2_000) => described(z.string().min(1).max(max), what);

export const runData = object(
  'Context of the run, such as {"contact_id":"…"} or {"contact":{"first_name":"Jane"}}. Unknown variables become empty text in what is sent.',
)
  .refine(
    data => !Object.hasOwn(data, marker),
    `must not have the field ${marker}: there this server marks its runs, where its operator wants that`,
  )
  .optional();
