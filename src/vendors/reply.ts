// Reads meaning into bytes that came back, and finds words for what did not (reliability.md R9 and R10).
import type { Exchange, Fault } from './exchange.ts';
import { largest } from './exchange.ts';
import { parseObject } from './json.ts';
import { clean } from './text.ts';
import type { VendorReply } from './types.ts';

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** `reply`, or `why` it could not be understood: half a sentence whose subject is the vendor. Foreign content is never quoted. */
export type Understood = { reply: VendorReply; why?: undefined } | { reply?: undefined; why: string };

/** `mask` hides secrets before anything is read, cut or kept: half a key must not be left where a text was cut. */
export function understand(
  { status, headers, body }: Extract<Exchange, { kind: 'answered' }>,
  mask?: (text: string) => string,
): Understood {
  if (status >= 300 && status < 400) return { why: `answered with a redirect (${status}), which is never followed` };
  if (body.length === 0) return { reply: { status, body: undefined } };
  const type = first(headers['content-type'])?.split(';')[0]?.trim().toLowerCase() ?? '';
  const encoding = first(headers['content-encoding'])?.trim().toLowerCase() ?? 'identity';
  if (!/^application\/(?:[\w.+-]+\+)?json$/.test(type))
    return { why: `answered ${status} with ${type ? clean(type, 60) : 'no content type'} instead of JSON` };
  if (encoding !== 'identity') return { why: `answered ${status} compressed, which was not asked for` };
  const object = parseObject(body, mask);
  return object
    ? { reply: { status, body: object } }
    : { why: `answered ${status} with a body that is not a JSON object` };
}

/** What went wrong on the wire, as half a sentence with its subject; `seconds` is the deadline that applied. */
export const faultWords = (fault: Fault, title: string, seconds: number, connectSeconds: number): string =>
  ({
    refused: `${title} refused the connection`,
    no_address: `the address of ${title} could not be found`,
    unreachable: `${title} could not be reached`,
    tls: `no trusted TLS connection to ${title} could be made`,
    connect_timeout: `${title} could not be reached within ${connectSeconds} s`,
    deadline: `${title} did not answer within ${seconds} s`,
    cancelled: 'the call was cancelled',
    stopped: 'the operator stopped everything before it left',
    not_asked: 'whether the operator stopped everything could not be asked',
    cut: `the connection to ${title} broke before its answer was complete`,
    too_large: `the answer of ${title} was larger than ${largest / 1024 / 1024} MiB`,
    not_http: `the answer of ${title} was not valid HTTP`,
    not_drawable: `the request to ${title} could not be drawn up`,
    closed: 'this server is shutting down',
  })[fault];
