import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from './refuse-upgrade.ts';

/** Node reads up to 2,000 lines of headers and drops the rest. */
const mostLines = 1000;

/**
 * Gives a request back to its server without its offer: Node's parser would take what follows for another protocol.
 * `head` is what came behind its headers. Whoever wanted a WebSocket gets no second request answered on that connection.
 */
export function giveBack(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  // attack: a length among the lines that were dropped. Its body would be read as the next request.
  if (rawHeaders.length > 2 * mostLines) {
    refuseUpgrade(socket, '431 Request Header Fields Too Large');
    return;
  }
  const wantsSocket = /\bwebsocket\b/i.test(request.headers.upgrade ?? '');
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase();
    if (name === 'upgrade' || (wantsSocket && name === 'connection')) continue;
    lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  }
  if (wantsSocket) lines.push('Connection: close');
  // Set by the answer before this one: the next would be cut when it runs out.
  (socket as Socket).setTimeout(0);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
