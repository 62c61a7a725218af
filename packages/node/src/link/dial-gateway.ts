import {
  type AnswerCall,
  linkLimits,
  linkMessageBytes,
  type NodeAnnouncement,
  type NodeTrouble,
  type OpenReceipts,
  openNodeSession,
  type PrivateKey,
  packFrames,
} from '@callable/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Asker } from '../presence/create-presence.ts';
import type { GatewayLink } from './gateway-link.ts';
import { waitToRedial } from './wait-to-redial.ts';

export type DialOptions = {
  /** Base URL of the gateway: http(s) or ws(s). */
  url: string;
  key: PrivateKey;
  clock: () => number;
  random: (length: number) => Uint8Array;
  announcement: () => NodeAnnouncement;
  /** Calls the listener whenever the announcement has changed; returns how to stop that. */
  onAnnouncementChange: (listener: () => void) => () => void;
  answerCall: AnswerCall;
  openReceipts: OpenReceipts;
  /** Where the link stands while it is open. */
  links: Set<GatewayLink>;
  /** Hears whether there is a link. */
  asker?: Asker;
  /** The gateway takes less than this node holds. */
  onNotice?: (trouble: NodeTrouble) => void;
  signal: AbortSignal;
  log: Pick<Logger, 'info' | 'warn'>;
};

const handshakeMs = 10_000;
/** Changes within this time are told together; the gateway takes about eleven announcements a second. */
const announceMs = 100;
/** A link that lived this long was a good one: the next attempt starts without delay to speak of. */
const provenMs = 30_000;

/**
 * Keeps one link to a gateway: dials, answers calls, and dials again after a jittered, growing pause, until the
 * signal aborts. Resolves then, once the socket is closed. Never rejects: a gateway that is away is no error.
 */
export async function dialGateway(options: DialOptions): Promise<void> {
  const { url, signal, log } = options;
  for (let attempt = 0; !signal.aborted; attempt++) {
    if (attempt > 0) await waitToRedial(attempt, options.random, signal);
    if (signal.aborted) return;
    const startedAt = options.clock();
    const reason = await holdLink(options);
    if (signal.aborted) return;
    if (!options.asker?.away(reason)) log.warn({ gateway: url, reason }, 'link to the gateway ended');
    if (options.clock() - startedAt > provenMs) attempt = 0;
  }
}

/** One connection from dialling to its end; the reason it ended. */
function holdLink(options: DialOptions): Promise<string> {
  const { signal, log } = options;
  const address = linkAddress(options.url);
  const webSocket = new WebSocket(address, {
    maxPayload: linkMessageBytes,
    perMessageDeflate: false,
    handshakeTimeout: handshakeMs,
    ...(isPrivate(address) ? { generateMask: (mask) => mask.fill(0) } : {}),
  });
  let ended = 'SocketClosed';
  const session = openNodeSession({
    ...options,
    host: address.host,
    port: packFrames(
      {
        // A farewell may come up before the socket is open, and ws throws then.
        send: (bytes) => webSocket.readyState === webSocket.OPEN && webSocket.send(bytes),
        close: (reason) => closeSoon(webSocket, reason),
      },
      setImmediate,
    ),
    onWelcome: () => {
      log.info({ gateway: options.url }, 'linked to the gateway');
      options.asker?.there();
      options.links.add(link);
      announcer.ask();
    },
    onEnd: (reason) => {
      ended = reason;
    },
  });
  const link: GatewayLink = {
    tellNow() {
      session.announce();
      // A ping is answered in order with what was sent before it, by builds of gateways that know nothing of this too.
      return new Promise((resolve) => {
        webSocket.once('pong', () => resolve()).once('close', () => resolve());
        if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
        else resolve();
      });
    },
    get underWay() {
      return session.underWay;
    },
  };
  const beat = setInterval(() => session.beat(), jittered(linkLimits.heartbeatMs, options.random));
  const unwelcome = setTimeout(() => session.welcomed || session.close('WelcomeMissing'), handshakeMs);
  const announcer = announceSoon(() => session.announce());
  const forget = options.onAnnouncementChange(announcer.ask);
  const leave = () => session.close('NodeClosing');
  signal.addEventListener('abort', leave, { once: true });

  return new Promise((resolve) => {
    webSocket.on('message', (message) => session.receive(message as Buffer));
    webSocket.on('error', (error) => session.end(error.message));
    webSocket.once('close', () => {
      session.end('SocketClosed');
      options.links.delete(link);
      clearInterval(beat);
      clearTimeout(unwelcome);
      announcer.stop();
      forget();
      signal.removeEventListener('abort', leave);
      resolve(ended);
    });
  });
}

/** Where the link of a gateway is, from the base URL of its API. */
function linkAddress(url: string): URL {
  const address = new URL(`${url.replace(/\/+$/, '')}/v1/link`);
  if (address.protocol === 'http:') address.protocol = 'ws:';
  if (address.protocol === 'https:') address.protocol = 'wss:';
  return address;
}

/**
 * Whether no proxy can read the frames. Masking keeps what a stranger chose from looking like HTTP to one; where
 * there is none, masking and unmasking in JavaScript only costs, most of all for large answers.
 */
const isPrivate = ({ protocol, hostname }: URL) =>
  protocol === 'wss:' || hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';

/** Up to a fifth shorter, so that ten thousand nodes do not all speak in the same second. */
const jittered = (ms: number, random: (length: number) => Uint8Array) => ms * (1 - (random(1)[0] ?? 0) / 1280);

/** `announce` is called again while it returns that there is more to say. */
function announceSoon(announce: () => boolean): { ask: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | null = null;
  function ask(): void {
    timer ??= setTimeout(() => {
      timer = null;
      if (announce()) ask();
    }, announceMs);
  }
  return {
    ask,
    stop() {
      if (timer) clearTimeout(timer);
    },
  };
}

function closeSoon(webSocket: WebSocket, reason: string): void {
  webSocket.close(1000, reason.slice(0, 100));
  setTimeout(() => webSocket.terminate(), 1_000).unref();
}
