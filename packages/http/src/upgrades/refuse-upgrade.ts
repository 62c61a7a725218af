import type { Duplex } from 'node:stream';

/** Answers an offer by a status line alone, and closes. Bytes that nobody reads would keep a socket that only ends. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
