// node one-server.ts WAY: starts a server, prints its address, and ends in one of several ways. With `serve`, it is that server.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startServer } from '../src/server/start-server.ts';

const [way] = process.argv.slice(2);
if (way === 'serve') {
  const server = createServer((_, response) => response.end());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
} else {
  const server = await startServer([import.meta.filename, 'serve']);
  await fetch(server.url);
  console.log(server.url);
  if (way === 'stop') await server.stop();
  if (way === 'throw') throw new Error('in the middle of a case');
}
