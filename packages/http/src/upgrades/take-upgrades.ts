import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { giveBack } from './give-back.ts';

export type Upgrades = {
  /** Whether a request offers the one change of protocol that this server is for. */
  isMeant(request: IncomingMessage): boolean;
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

const none: Upgrades = { isMeant: () => false, take: () => {} };

/**
 * Takes the upgrades that are meant, and answers every other request that offers one as if it had not (RFC 9110 §7.8):
 * Java's client and `curl --http2` offer h2c on each plain connection. The returned function stops taking any.
 */
export function takeUpgrades(server: Server, { isMeant, take }: Upgrades = none): () => void {
  const unanswered = new WeakMap<Duplex, Set<ServerResponse>>();
  const onRequest = ({ socket }: IncomingMessage, response: ServerResponse) => {
    const open = unanswered.get(socket) ?? new Set();
    unanswered.set(socket, open.add(response));
    response.once('close', () => open.delete(response));
  };
  const isOurs = (request: IncomingMessage) => isMeant(request) || server.listenerCount('upgrade') === 1;
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isOurs(request)) return;
    afterAnswers(unanswered.get(socket) ?? new Set(), socket, () => {
      if (isMeant(request)) take(request, socket, head);
      else giveBack(server, request, socket, head);
    });
  };
  server.prependListener('request', onRequest);
  server.on('upgrade', onUpgrade);
  ignoreNatively(server, (request) => isMeant(request) || server.listenerCount('upgrade') > 1);
  return () => {
    server.off('request', onRequest);
    server.off('upgrade', onUpgrade);
  };
}

/**
 * attack: an offer pipelined behind a request. What is answered on the socket meanwhile would come before the answer to that,
 * and mix with it. A socket that ends meanwhile is left alone.
 */
function afterAnswers(open: ReadonlySet<ServerResponse>, socket: Duplex, go: () => void): void {
  // Node let go of the socket: an error on it would be nobody's, and end the process.
  const onError = () => {};
  const goOn = () => {
    if (socket.destroyed || socket.writableEnded) return;
    socket.off('error', onError);
    go();
  };
  let left = open.size;
  if (left === 0) goOn();
  else socket.on('error', onError);
  // No more come: nobody reads requests from it now.
  for (const response of open) response.once('close', () => --left === 0 && goOn());
}

/**
 * Node from 22.21 and 24.9 on asks whether to take an offer, and reads the body of a request whose offer is taken itself.
 * Older ones ask nobody: all that arrived comes with the event, and is given back.
 */
function ignoreNatively(server: Server, isTaken: (request: IncomingMessage) => boolean): void {
  Object.assign(server, { shouldUpgradeCallback: isTaken });
}
