import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { dropRest } from './until-idle.ts';

const MiB = 2 ** 20;

test('attack by a caller: a body that is dropped leaves nothing waiting to be freed', async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let arrived = 0;
  const server = createServer((request) => {
    dropRest(request, 1024 * MiB);
    request.on('data', (piece: Buffer) => {
      arrived += piece.length;
      if (arrived % MiB < piece.length) most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${1000 * MiB}\r\n\r\n`);
  const piece = Buffer.alloc(MiB);
  for (let n = 0; n < 400; n++) if (!socket.write(piece)) await once(socket, 'drain');
  await expect.poll(() => arrived, { timeout: 20_000 }).toBe(400 * MiB);
  expect(most).toBeLessThan(24 * MiB);
  // Nothing is allocated any more that would make the collector look.
  await expect.poll(() => process.memoryUsage().arrayBuffers - before, { timeout: 20_000 }).toBeLessThan(2 * MiB);
  socket.destroy();
  server.closeAllConnections();
  server.close();
});
