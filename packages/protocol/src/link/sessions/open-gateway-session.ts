import { toHex } from '../../bytes/hex.ts';
import { type Address, parseAddress } from '../../identity/address.ts';
import { recoverSigner } from '../../keys/recover-signer.ts';
import { Check } from '../../schema/check.ts';
import { type Static, Type } from '../../schema/type.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { Frame, FrameType } from '../frames/frame.ts';
import { decodeJson, encodeJson } from '../frames/json-payload.ts';
import { type LinkLimits, linkLimits } from '../limits.ts';
import type { LinkPort } from '../link-port.ts';
import { NodeAnnouncement } from '../node-announcement.ts';
import type { NodeLink } from '../node-link.ts';
import { nodeSessionStruct } from '../node-session.ts';
import { receiveMessage } from '../streams/incoming-message.ts';
import type { LinkViolation } from '../violation.ts';
import { openCalls } from './open-calls.ts';
import { openSessionCore } from './session-core.ts';

/** What a node says first. `gateway` is the host it dialled. */
export const LinkHello = Type.Object({
  node: Type.String({ maxLength: 42 }),
  gateway: Type.String({ maxLength: 300 }),
  issuedAt: Type.Integer({ minimum: 0 }),
  signature: Type.String({ maxLength: 140 }),
});
export type LinkHello = Static<typeof LinkHello>;

export type GatewaySession = {
  /** One message from the node. */
  receive(message: Uint8Array): void;
  /** To be called every `heartbeatMs`: tells the node that we are there, and drops one that is silent. */
  beat(): void;
  /** Whether the node has proved its key. */
  readonly welcomed: boolean;
  /** The connection is gone. */
  end(reason: string): void;
  /** Says farewell and ends. */
  close(reason: string): void;
};

/**
 * The gateway's end of a link. It challenges the node, and hands out a `NodeLink` once the node has signed the
 * challenge and said what it holds. A node that breaks the protocol is dropped with a reason.
 */
export function openGatewaySession(options: {
  port: LinkPort;
  clock: () => number;
  random: (length: number) => Uint8Array;
  /**
   * Whether the node meant this gateway. Without the check, somebody in the middle could pass our challenge on to a
   * node that dials him, and sit between us reading every call.
   */
  isOwnHost: (host: string) => boolean;
  onLink: (link: NodeLink) => void;
  limits?: LinkLimits;
}): GatewaySession {
  const { clock, limits = linkLimits } = options;
  const challenge = toHex(options.random(32));
  let node: Address | null = null;
  let announcement: NodeAnnouncement | null = null;
  let arriving = receiveMessage(announcementLimits(limits), () => {});
  let announcements = limits.announcements;
  let refilledAt = clock();
  let resolveClosed = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  const core = openSessionCore({
    port: options.port,
    clock,
    limits,
    onEnd(reason) {
      calls.endAll(reason);
      resolveClosed();
    },
  });
  const calls = openCalls(core, limits);
  core.send(encodeFrame('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge })));

  function welcome({ payload }: Frame): LinkViolation | null {
    if (node || payload.length > limits.greetingBytes) return 'HelloUnexpected';
    const hello = decodeJson(payload);
    if (!Check(LinkHello, hello)) return 'HelloInvalid';
    if (!options.isOwnHost(hello.gateway)) return 'GatewayMismatch';
    const claimed = parseAddress(hello.node);
    const { gateway, issuedAt, signature } = hello;
    const values = { challenge, gateway, node: claimed ?? '', issuedAt };
    if (!claimed || recoverSigner(nodeSessionStruct, values, signature) !== claimed) return 'SignatureInvalid';
    node = claimed;
    core.send(encodeFrame('WELCOME', 0, true));
    return null;
  }

  function announce({ payload, end }: Frame): LinkViolation | null {
    const state = arriving.take(payload, end);
    if (state === 'more') return null;
    if (state !== 'whole') return 'AnnouncementTooLarge';
    if (!mayAnnounce()) return 'AnnouncementsTooMany';
    const said = decodeJson(arriving.body());
    arriving = receiveMessage(announcementLimits(limits), () => {});
    if (!Check(NodeAnnouncement, said)) return 'AnnouncementInvalid';
    const first = announcement === null;
    announcement = said;
    if (first && node) options.onLink(linkOf(node));
    return null;
  }

  function mayAnnounce(): boolean {
    const now = clock();
    announcements = Math.min(limits.announcements, announcements + (now - refilledAt) / limits.announcementMs);
    refilledAt = now;
    return --announcements >= 0;
  }

  const linkOf = (address: Address): NodeLink => ({
    node: address,
    announcement: () => announcement ?? nothingHeld,
    call: calls.call,
    closed,
    close: () => core.drop('Closed'),
  });

  function handle(frame: Frame): LinkViolation | null {
    if (frame.type === 'HELLO') return welcome(frame);
    if (!node) return 'HelloMissing';
    if (frame.type === 'ANNOUNCE') return announce(frame);
    if (answerFrames.has(frame.type)) return calls.receive(frame);
    return 'FrameUnexpected';
  }

  return {
    get welcomed() {
      return node !== null;
    },
    receive: (message) => core.receive(message, handle),
    beat() {
      if (core.checkAlive() && node) core.send(encodeFrame('PING', 0, true));
    },
    end: (reason) => core.end(reason),
    close: (reason) => core.drop(reason),
  };
}

const nothingHeld: NodeAnnouncement = { slots: { used: 0, limit: 1 }, holdings: [], quarantined: [], draining: true };

const announcementLimits = (limits: LinkLimits): LinkLimits => ({ ...limits, bodyBytes: limits.announcementBytes });

const answerFrames: ReadonlySet<FrameType> = new Set(['PIECE', 'ANSWER', 'DATA', 'CREDIT']);
