// One attempt on the wire: exactly when its first byte may have left, and what came back, within a deadline and a size.
import type { buildConnector, Dispatcher } from 'undici';

/** A request, fully drawn up. `path` includes the query. */
export interface Wire {
  method: string;
  origin: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

export type Fault =
  | 'refused'
  | 'no_address'
  | 'unreachable'
  | 'tls'
  | 'connect_timeout'
  | 'deadline'
  | 'cancelled'
  | 'stopped'
  | 'not_asked'
  | 'cut'
  | 'too_large'
  | 'not_http'
  | 'not_drawable'
  | 'closed';

export type Exchange =
  | { kind: 'answered'; status: number; headers: Record<string, string | string[] | undefined>; body: Buffer }
  /** `begun`: the request was handed to a connected socket, so any part of it may have left. */
  | { kind: 'failed'; begun: boolean; fault: Fault };

export const largest = 1024 * 1024;

const faults: Record<string, Fault> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'no_address',
  EAI_AGAIN: 'no_address',
  ENODATA: 'no_address',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_SOCKET: 'cut',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'cut',
  UND_ERR_HEADERS_OVERFLOW: 'too_large',
  UND_ERR_INVALID_ARG: 'not_drawable',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
  STOPPED: 'stopped',
  NOT_ASKED: 'not_asked',
};

/** Only the code is looked at; an error's own text may hold anything. */
function faultOf(error: unknown, begun: boolean): Fault {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  const name = String((error as { name?: unknown } | null)?.name ?? '');
  if (name === 'HTTPParserError' || code.startsWith('HPE_')) return 'not_http';
  if (Object.hasOwn(faults, code))
    return code === 'ECONNRESET' && !begun ? 'unreachable' : (faults[code] ?? 'unreachable');
  if (/CERT|^ERR_TLS|^ERR_SSL|^EPROTO$|ISSUER|SIGNATURE/.test(code)) return 'tls';
  return begun ? 'cut' : 'unreachable';
}

/**
 * Connects, then asks whether everything was stopped meanwhile, and hands the connection on only after a no: undici writes its request
 * in the very moment it gets it. Where nobody can tell, nothing is sent (P13).
 */
export const gated =
  (connect: buildConnector.connector, stopped: () => Promise<boolean>): buildConnector.connector =>
  (options, callback) =>
    connect(options, (error, socket) => {
      if (error) return callback(error, null);
      const keep = (code: string): void => {
        socket.destroy();
        callback(Object.assign(new Error('not sent'), { code }), null);
      };
      stopped().then(
        yes => {
          if (yes) keep('STOPPED');
          // It may have been closed meanwhile.
          else if (socket.destroyed) keep('ECONNRESET');
          else callback(null, socket);
        },
        () => keep('NOT_ASKED'),
      );
    });

/**
 * Sends once through `dispatcher` and reads the whole answer. Never throws, never repeats, follows nothing. undici calls `onRequestStart`
 * right before it writes to a connected socket, and writes nothing where that aborts: until then `begun` is false and stopping is safe;
 * from then on only `deadline` stops it, and `cancel` is ignored (reliability.md P7).
 */
export function exchange(
  dispatcher: Dispatcher,
  wire: Wire,
  deadline: AbortSignal,
  cancel?: AbortSignal,
): Promise<Exchange> {
  return new Promise(resolve => {
    let begun = false;
    let over = false;
    let controller: Dispatcher.DispatchController | undefined;
    let head: { status: number; headers: Record<string, string | string[] | undefined> } | undefined;
    const chunks: Buffer[] = [];
    let size = 0;

    const finish = (result: Exchange): void => {
      if (over) return;
      over = true;
      deadline.removeEventListener('abort', onDeadline);
      cancel?.removeEventListener('abort', onCancel);
      resolve(result);
    };
    const stop = (fault: Fault): void => {
      finish({ kind: 'failed', begun, fault });
      controller?.abort(new Error(fault));
    };
    const onDeadline = (): void => stop('deadline');
    const onCancel = (): void => {
      if (!begun) stop('cancelled');
    };
    if (cancel?.aborted) return onCancel();
    if (deadline.aborted) return onDeadline();
    deadline.addEventListener('abort', onDeadline);
    cancel?.addEventListener('abort', onCancel);

    dispatcher.dispatch(
      {
        origin: wire.origin,
        path: wire.path,
        method: wire.method as Dispatcher.HttpMethod,
        headers: wire.headers,
        body: wire.body ?? null,
      },
      {
        onRequestStart(started) {
          // Stopped before it left; or undici would write it a second time, which nothing here may.
          if (over || begun) {
            started.abort(new Error('not again'));
            finish({ kind: 'failed', begun, fault: 'cut' });
            return;
          }
          begun = true;
          controller = started;
        },
        onResponseStart(_, status, headers) {
          if (status < 200) return;
          head = { status, headers };
          if (Number(headers['content-length']) > largest) stop('too_large');
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          if (size > largest) stop('too_large');
          else chunks.push(chunk);
        },
        onResponseEnd() {
          finish(
            head
              ? { kind: 'answered', ...head, body: Buffer.concat(chunks) }
              : { kind: 'failed', begun, fault: 'not_http' },
          );
        },
        onResponseError(_, error) {
          finish({ kind: 'failed', begun, fault: faultOf(error, begun) });
        },
      },
    );
  });
}
