import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientAddressOf, judgeOrigin, refuseUpgrade, takeUpgrades } from '@callable/http';
import {
  type GatewaySession,
  linkLimits,
  linkMessageBytes,
  type NodeLink,
  networkOf,
  openGatewaySession,
  packFrames,
} from '@callable/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { GatewayContext } from '../context.ts';
import { isOwnHost } from '../links/is-own-host.ts';

/** Where nodes dial in. */
export const linkPath = '/v1/link';

const handshakeMs = 10_000;
/** Connections whose node has not proved its key yet; each costs memory, and nobody answers for it. */
const strangers = 256;

/**
 * Takes the WebSockets of nodes on the upgrade of an HTTP server; other offers are ignored. The returned function says
 * farewell to all of them and takes no more.
 */
export function acceptLinks(server: Server, ctx: GatewayContext): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: linkMessageBytes, perMessageDeflate: false });
  const sessions = new Set<GatewaySession>();
  const beat = setInterval(() => {
    for (const session of sessions) session.beat();
  }, linkLimits.heartbeatMs);
  beat.unref();
  const watch = setInterval(() => {
    for (const session of sessions) session.watch();
  }, linkLimits.watchMs);
  watch.unref();

  const take = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { host, origin } = request.headers;
    // WebSockets know no preflight: each page can open one. Nodes send no Origin.
    if (judgeOrigin({ host, origin }, ctx.config.publicUrls)) return refuseUpgrade(socket, '403 Forbidden');
    const unknown = [...sessions].filter(({ welcomed }) => !welcomed).length;
    if (sessions.size >= ctx.config.links || unknown >= strangers)
      return refuseUpgrade(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const session = openLink(
        ctx,
        webSocket,
        request.headers.host ?? '',
        networkOf(clientAddressOf(request, ctx.config.trustedProxies), 'sender'),
      );
      sessions.add(session);
      webSocket.once('close', () => sessions.delete(session));
    });
  };
  const takeNoMore = takeUpgrades(server, { isMeant: isLink, take });
  return () => {
    takeNoMore();
    clearInterval(beat);
    clearInterval(watch);
    for (const session of sessions) session.close('GatewayClosing');
    sockets.close();
  };
}

const isLink = ({ url, method, headers }: IncomingMessage) =>
  method === 'GET' && url?.split('?')[0] === linkPath && /\bwebsocket\b/i.test(headers.upgrade ?? '');

function openLink(ctx: GatewayContext, webSocket: WebSocket, hostHeader: string, network: string): GatewaySession {
  const session: GatewaySession = openGatewaySession({
    port: packFrames(
      {
        send: (bytes) => webSocket.readyState === webSocket.OPEN && webSocket.send(bytes),
        ping: () => webSocket.readyState === webSocket.OPEN && webSocket.ping(),
        close: (reason) => closeSoon(webSocket, reason),
      },
      setImmediate,
    ),
    address: ctx.address,
    clock: ctx.clock,
    random: ctx.random,
    isOwnHost: (host) => isOwnHost(host, hostHeader, ctx.config.publicUrls),
    takeRoom: (entries) => ctx.holdings.take(network, entries),
    onTrouble: (node, { code, message }) => ctx.log.warn({ node, code }, message),
    onLink(link) {
      const refusal = ctx.links.attach(link);
      if (refusal) {
        ctx.log.warn({ node: link.node, reason: refusal.message }, 'a node is not taken');
        return session.close(refusal.code);
      }
      link.onSilence?.((isSilent) => noteSilence(ctx, link, isSilent));
      ctx.knownNodes.arrived(link.node, network);
      ctx.log.info({ node: link.node }, 'node joined');
    },
  });
  const unproved = setTimeout(() => session.welcomed || session.close('HelloMissing'), handshakeMs);
  webSocket.on('message', (message) => session.receive(message as Buffer));
  webSocket.on('pong', () => session.pinged());
  webSocket.on('error', (error) => session.end(error.message));
  webSocket.once('close', () => {
    clearTimeout(unproved);
    session.end('SocketClosed');
  });
  return session;
}

function noteSilence({ standings, log }: Pick<GatewayContext, 'standings' | 'log'>, link: NodeLink, isSilent: boolean) {
  const { node } = link;
  if (isSilent) standings.fellSilent(node, link);
  else standings.heard(node, link);
  log.warn({ node }, isSilent ? 'a node has fallen silent: its calls are asked elsewhere' : 'a node is heard again');
}

/** A peer that does not answer the closing handshake must not keep its socket: ws itself would wait 30 seconds. */
function closeSoon(webSocket: WebSocket, reason: string): void {
  webSocket.close(1000, reason.slice(0, 100));
  setTimeout(() => webSocket.terminate(), 1_000).unref();
}
