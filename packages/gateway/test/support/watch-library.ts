import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Started = { socket: Socket; request: IncomingMessage; response: ServerResponse };

/** What node:http reads in this process, by connection: what our own reader reads is not among it. */
export function watchLibrary() {
  const counts = new Map<string, { read: number; open: Set<IncomingMessage> }>();
  const onStart = (message: unknown) => {
    const { socket, request, response } = message as Started;
    const count = counts.get(`${socket.remotePort} ${socket.localPort}`);
    if (!count) return;
    count.read++;
    count.open.add(request);
    response.once('close', () => count.open.delete(request));
  };
  subscribe('http.server.request.start', onStart);
  return {
    /** Watches a connection from its client's end, until it is disposed of: ports come again. */
    watch({ localPort, remotePort }: Socket) {
      const [name, count] = [`${localPort} ${remotePort}`, { read: 0, open: new Set<IncomingMessage>() }];
      counts.set(name, count);
      return {
        /** Requests that node:http has found on it. */
        get read() {
          return count.read;
        },
        /** Whether every request that arrived whole has its answer. */
        get isIdle() {
          return [...count.open].every(({ complete }) => !complete);
        },
        [Symbol.dispose]: () => void (counts.get(name) === count && counts.delete(name)),
      };
    },
    [Symbol.dispose]: () => void unsubscribe('http.server.request.start', onStart),
  };
}
