// Reads what a client hands in: JSON, of a bounded size, in a bounded time, of a bounded depth; or says why not.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';

export interface Unread {
  status: 400 | 408 | 413 | 415;
  code: number;
  message: string;
  headers?: Record<string, string>;
}

/** How deep JSON may be nested: what walks through it later is recursive. */
const DEEPEST = 64;

const unread = (status: Unread['status'], message: string, more: Partial<Unread> = {}): Unread => ({
  status,
  code: -32000,
  message,
  ...more,
});
const noJson = unread(400, 'The body is not JSON.', { code: -32700 });

function tooDeep(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (left === 0) return true;
  for (const inner of Object.values(value)) if (tooDeep(inner, left - 1)) return true;
  return false;
}

/**
 * The bytes, or why there are none. What is still to come of too many flows on unseen, so that the client gets as far as reading the
 * answer; the time limit of requests ends it.
 */
function bytes(req: IncomingMessage, most: number, within: number): Promise<Buffer | 'large' | 'slow' | 'gone'> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => done('slow'), within);
    const done = (result: Buffer | 'large' | 'slow' | 'gone'): void => {
      clearTimeout(timer);
      req.off('data', take);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) done('large');
    };
    req.on('data', take);
    req.once('end', () => done(Buffer.concat(chunks)));
    req.once('error', () => done('gone'));
    req.once('close', () => done('gone'));
    if (req.destroyed) done('gone');
  });
}

/** The parsed body. Nothing of it is repeated in a refusal. `within` in milliseconds. */
export async function readJson(
  req: IncomingMessage,
  { most, within }: { most: number; within: number },
): Promise<{ json: unknown } | { unread: Unread }> {
  const { headers } = req;
  if (!isJsonContentType(headers['content-type'] ?? null))
    return { unread: unread(415, 'The content type must be application/json.') };
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return { unread: unread(415, 'The body must not be encoded.', { headers: { 'accept-encoding': 'identity' } }) };
  const large = unread(413, `A request may be at most ${most} bytes.`);
  if (Number(headers['content-length'] ?? 0) > most) return { unread: large };
  const body = await bytes(req, most, within);
  if (body === 'large') return { unread: large };
  if (body === 'slow' || body === 'gone')
    return { unread: unread(408, 'The body took too long.', { headers: { connection: 'close' } }) };
  let json: unknown;
  try {
    if (!isUtf8(body)) return { unread: noJson };
    json = JSON.parse(body.toString());
  } catch {
    return { unread: noJson };
  }
  if (Array.isArray(json)) return { unread: unread(400, 'Batches are not served.', { code: -32600 }) };
  if (tooDeep(json)) return { unread: unread(400, `JSON may be nested at most ${DEEPEST} deep.`, { code: -32600 }) };
  return { json };
}
