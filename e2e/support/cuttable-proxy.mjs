import { EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * A TCP proxy on loopback that counts what passes and can be cut. It is plain JavaScript because measurements under
 * bench/ use it as well.
 *
 * @param {number} target port of the server behind it
 */
export async function startCuttableProxy(target) {
  const events = new EventEmitter().setMaxListeners(0);
  const pairs = new Set();
  let state = 'open';
  let sent = 0;
  let acknowledged = 0;

  const server = createServer((client) => {
    const pair = { client, hub: null, isCut: false };
    pairs.add(pair);
    client.on('error', () => drop(pair)).on('close', () => drop(pair));
    if (state === 'reset') reset(pair);
    else if (state === 'open') join(pair);
  });

  function join(pair) {
    const { client } = pair;
    const hub = connect(target, '127.0.0.1');
    pair.hub = hub;
    hub.on('error', () => reset(pair)).on('close', () => drop(pair));
    client.on('data', (piece) => {
      sent += piece.length;
      if (!hub.write(piece)) client.pause();
      events.emit('progress');
    });
    hub.on('data', (piece) => {
      // Answers come one to a connection at a time; 204 is that of a chunk that counts.
      if (piece.subarray(0, 12).toString('latin1') === 'HTTP/1.1 204') acknowledged += 1;
      if (!client.write(piece)) hub.pause();
      events.emit('progress');
    });
    client.on('drain', () => pair.isCut || hub.resume());
    hub.on('drain', () => pair.isCut || client.resume());
  }

  function drop(pair) {
    pairs.delete(pair);
    pair.client.destroy();
    pair.hub?.destroy();
  }

  function reset(pair) {
    if (!pair.client.destroyed) pair.client.resetAndDestroy();
    drop(pair);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();

  return {
    url: `http://127.0.0.1:${port}`,
    /** Bytes read from clients, headers included. */
    sent: () => sent,
    /** Answers 204 that came back: chunks the hub has taken. */
    acknowledged: () => acknowledged,
    /** Resolves in the same turn in which the condition becomes true. */
    async until(isSo) {
      while (!isSo()) await once(events, 'progress');
    },
    /** `reset` ends every connection and every new one with RST; `lost` lets them stand and moves no byte any more. */
    cut(how) {
      state = how;
      for (const pair of [...pairs]) {
        pair.isCut = true;
        pair.client.pause();
        pair.hub?.pause();
        if (how === 'reset') reset(pair);
      }
    },
    /**
     * Connections work again, also those begun while packets were lost, for they are sent anew. Those that were cut stay
     * dead, as behind a router that forgot them.
     */
    open() {
      state = 'open';
      for (const pair of pairs) if (!pair.isCut) join(pair);
    },
    async [Symbol.asyncDispose]() {
      for (const pair of [...pairs]) drop(pair);
      server.close();
      await once(server, 'close');
    },
  };
}
