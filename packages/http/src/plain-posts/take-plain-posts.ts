import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { PlainConnection, type Reading } from './plain-connection.ts';
import type { FindAnswer } from './plain-post.ts';
import { noteReader } from './request-at.ts';

const lookMs = 1_000;

/**
 * Reads the connections of an HTTP server itself as long as they send plain POSTs that `find` has an answer for. With the first
 * byte of anything else, valid or not, a connection and all that it sent goes to node:http, for good. A request costs 10 µs
 * here where it costs 30 there (`bench/http-floor.mjs`). The returned function takes no more: what is being answered
 * is finished. A server whose connections node:http does not take itself is left alone.
 */
export function takePlainPosts(server: Server, find: FindAnswer): () => void {
  const library = server.listeners('connection').find(({ name }) => name === 'connectionListener');
  if (!library) return () => {};
  const connections = new Map<Socket, PlainConnection>();
  const given = new WeakSet<Socket>();
  let isTaking = true;

  const giveAway = (socket: Socket) => {
    given.add(socket);
    library.call(server, socket);
  };
  const reading: Reading = {
    find,
    isTaking: () => isTaking,
    keepAliveMs: () => server.keepAliveTimeout,
    giveAway,
    brokeOff: (socket) => refuse(server, socket),
    ended: (connection) => connections.delete(connection.socket),
  };
  const take = (socket: Socket) => {
    // Given back after an offer of another protocol, it comes a second time.
    if (!isTaking || given.has(socket)) giveAway(socket);
    else connections.set(socket, new PlainConnection(socket, reading));
  };
  server.off('connection', library as (socket: Socket) => void).on('connection', take);
  noteReader(server, (socket) => connections.get(socket)?.request ?? null);

  // As Node looks at its own, here once for all of them.
  const looking = setInterval(() => {
    for (const connection of connections.values()) connection.look();
  }, lookMs).unref();
  server.once('close', () => clearInterval(looking));
  const { closeIdleConnections, closeAllConnections } = server;
  server.closeIdleConnections = () => {
    closeIdleConnections.call(server);
    for (const connection of connections.values()) connection.endIfIdle();
  };
  server.closeAllConnections = () => {
    closeAllConnections.call(server);
    for (const connection of connections.values()) connection.end();
  };
  return () => {
    isTaking = false;
    for (const connection of connections.values()) connection.stop();
  };
}

/** Says what node:http says of a request that broke off. */
function refuse(server: Server, socket: Socket): void {
  const error = Object.assign(new Error('The request broke off.'), { code: 'HPE_INVALID_EOF_STATE' });
  if (server.emit('clientError', error, socket)) return;
  socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy());
}
