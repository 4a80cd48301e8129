// A port for whoever has to name one before it is listened on.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Free now, and none that a system gives to whoever asks for any: nobody takes it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise(resolve => server.close(resolve));
    return port;
  }
}
