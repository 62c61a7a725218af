import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a program that says nothing when it is ready: its port is knocked at, for 30 s. */
export async function untilAnswering(port: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await delay(20)) {
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    if (Date.now() > deadline) throw new Error(`Nobody answers on port ${port}.`);
  }
}
