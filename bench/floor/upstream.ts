// A vendor that answers at once, in a process of its own: every GET gets the body in the environment.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const body = process.env.BODY ?? '{}';
const server = createServer((_, res) => {
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
