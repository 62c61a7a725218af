import { connect } from 'node:net';
import { sleep } from './open-target.mjs';

export const title = '40 bodies of 31 MiB without their last byte';
export const target = '+64 MB, back within a minute';

const bodies = 40;
const megabytes = 31;

/** Memory before, while all are held or refused, and a minute later with the senders still there. */
export async function flood(victim) {
  const reference = await victim.publish();
  await victim.untilCallable(reference);
  const { hostname, port } = new URL(victim.url);
  const piece = Buffer.alloc(2 ** 20, 0x20);
  const before = victim.megabytes();
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, victim.megabytes());
  }, 50);
  const sockets = [];
  try {
    for (let i = 0; i < bodies; i++) {
      const socket = connect(Number(port), hostname).on('error', () => {});
      sockets.push(socket);
      socket.write(
        `POST /v1/run/${reference} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nContent-Length: ${megabytes * 2 ** 20}\r\n\r\n`,
      );
      for (let k = 1; k < megabytes; k++) socket.write(piece);
      socket.write(piece.subarray(1));
      await Promise.race([drained(socket), sleep(2000)]);
    }
    const started = performance.now();
    const answer = await fetch(`${victim.url}/v1/run/${reference}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"x":[1]}',
    });
    const callMs = Math.round(performance.now() - started);
    await sleep(60_000);
    return `+${most - before} MB at most, +${victim.megabytes() - before} MB after a minute; a call meanwhile: ${answer.status} in ${callMs} ms`;
  } finally {
    clearInterval(watch);
    for (const socket of sockets) socket.destroy();
  }
}

const drained = (socket) =>
  new Promise((resolve) =>
    socket.writableLength === 0 ? resolve() : socket.once('drain', resolve).once('close', resolve),
  );
