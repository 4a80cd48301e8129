// Asks a server on this machine how it is, as a container's health check does.
import { request } from 'node:http';

/** Milliseconds; whoever answers later is not well. */
const PATIENCE = 3_000;

/** Resolves to nothing where it is well, else to why not. */
export function askHealth(
  { host, port }: { host: string; port: number },
  path: '/healthz' | '/readyz',
): Promise<string | undefined> {
  // Whatever it listens on besides, this machine's own name for itself is always let in.
  const at = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise(resolve => {
    const asked = request({ host: at, port, path, agent: false, signal: AbortSignal.timeout(PATIENCE) }, answer => {
      answer.resume();
      const { statusCode = 0 } = answer;
      resolve(statusCode === 200 ? undefined : `it answered ${statusCode}`);
    });
    asked.on('error', error => {
      const { code, name } = error as NodeJS.ErrnoException;
      resolve(
        name === 'AbortError' || name === 'TimeoutError'
          ? 'it did not answer in time'
          : `it cannot be reached (${code ?? name})`,
      );
    });
    asked.end();
  });
}
