import { once } from 'node:events';
import { openNodeSession } from '@callable/protocol';
import { WebSocket } from 'ws';
import type { TestNode } from './create-test-node.ts';

export const linkOf = (url: string) => new URL(`${url.replace('http', 'ws')}/v1/link`);

/** A node that dials in over a real socket. */
export async function dial(url: string, node: TestNode, host = linkOf(url).host) {
  const socket = new WebSocket(linkOf(url), { perMessageDeflate: false });
  const ended: { reason: string | null } = { reason: null };
  const session = openNodeSession({
    ...node,
    host,
    clock: Date.now,
    port: { send: (bytes) => socket.send(bytes), close: () => socket.close() },
    onEnd: (reason) => {
      ended.reason = reason;
    },
  });
  socket.on('message', (message) => session.receive(message as Buffer));
  socket.on('close', () => session.end('SocketClosed'));
  socket.on('error', () => {});
  await once(socket, 'open');
  return { socket, session, ended };
}
