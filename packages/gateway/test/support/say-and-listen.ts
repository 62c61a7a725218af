import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection that says bytes in pieces, and what came back on it. */
export type Talk = { socket: Socket; heard(): string; isClosed(): boolean; say(bytes: Buffer): Promise<void> };

export async function openTalk(port: number): Promise<Talk> {
  const socket = connect(port, '127.0.0.1')
    .setNoDelay(true)
    .on('error', () => undefined);
  await once(socket, 'connect');
  let heard = '';
  let alike: string | null = null;
  let closed = false;
  socket.setEncoding('latin1').on('data', (piece) => {
    heard += piece;
    alike = null;
  });
  socket.once('close', () => {
    closed = true;
  });
  return {
    socket,
    heard() {
      alike ??= withoutChance(heard);
      return alike;
    },
    isClosed: () => closed,
    async say(bytes) {
      if (socket.writable) socket.write(bytes);
      await turn();
    },
  };
}

/** The event loop goes round: what was written is read at the other end. */
export async function turn(): Promise<void> {
  for (let times = 0; times < 2; times++) await new Promise((resolve) => setImmediate(resolve));
}

const withoutChance = (heard: string) =>
  heard
    .replaceAll(/\r\nDate: [^\r]*/g, '\r\nDate: now')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'id');
