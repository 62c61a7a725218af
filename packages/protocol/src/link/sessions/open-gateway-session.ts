import { toHex } from '../../bytes/hex.ts';
import { type Address, parseAddress } from '../../identity/address.ts';
import { recoverSigner } from '../../keys/recover-signer.ts';
import type { ArrivedBatch } from '../../receipts/batches/arrived-batch.ts';
import { Check } from '../../schema/check.ts';
import { type Static, Type } from '../../schema/type.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { Frame, FrameType } from '../frames/frame.ts';
import { decodeJson, encodeJson } from '../frames/json-payload.ts';
import { createHeldReleases, type TakeRoom } from '../held-releases.ts';
import { HoldingsPage } from '../holdings.ts';
import { type LinkLimits, linkLimits } from '../limits.ts';
import type { LinkPort } from '../link-port.ts';
import { NodeStatus, type NodeTrouble, statusOf } from '../node-announcement.ts';
import type { NodeLink } from '../node-link.ts';
import { nodeSessionStruct } from '../node-session.ts';
import { receiveMessage } from '../streams/incoming-message.ts';
import type { LinkViolation } from '../violation.ts';
import { createBatchChecks } from './check-batches.ts';
import { openCalls } from './open-calls.ts';
import { openSessionCore } from './session-core.ts';
import { watchSilence } from './watch-silence.ts';

/** How a node is, and a part of what it holds. */
export const LinkAnnouncement = Type.Object({ ...NodeStatus.properties, page: HoldingsPage });
export type LinkAnnouncement = Static<typeof LinkAnnouncement>;

/** What a node says first. `gateway` is the host it dialled. */
export const LinkHello = Type.Object({
  node: Type.String({ maxLength: 42 }),
  gateway: Type.String({ maxLength: 300 }),
  issuedAt: Type.Integer({ minimum: 0 }),
  /** The version of the receipts it signs; absent where that is not 3. */
  receipts: Type.Optional(Type.Integer()),
  signature: Type.String({ maxLength: 140 }),
});
export type LinkHello = Static<typeof LinkHello>;

export type GatewaySession = {
  /** One message from the node. */
  receive(message: Uint8Array): void;
  /** To be called every `heartbeatMs`: tells the node that we are there, and drops one that is silent. */
  beat(): void;
  /** To be called every `watchMs`: asks a node that calls wait for whether it still speaks. */
  watch(): void;
  /** The node answered a ping of the port. */
  pinged(): void;
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
  /** Of this gateway: whom the receipts of the link are for. */
  address: Address;
  clock: () => number;
  random: (length: number) => Uint8Array;
  /**
   * Whether the node meant this gateway. Without the check, somebody in the middle could pass our challenge on to a
   * node that dials him, and sit between us reading every call.
   */
  isOwnHost: (host: string) => boolean;
  onLink: (link: NodeLink) => void;
  /** Takes room for what the node holds from a place that other nodes share; default is as much as one may hold. */
  takeRoom?: TakeRoom;
  /** The node holds more than there is room for, which it has been told. */
  onTrouble?: (node: Address, trouble: NodeTrouble) => void;
  limits?: LinkLimits;
}): GatewaySession {
  const { clock, limits = linkLimits } = options;
  const challenge = toHex(options.random(32));
  let node: Address | null = null;
  let batches: ReturnType<typeof createBatchChecks> | null = null;
  const batchListeners = new Set<(batch: ArrivedBatch) => void>();
  let announcement: NodeStatus | null = null;
  const held = createHeldReleases(limits.holdings, options.takeRoom ?? (() => true));
  let isToldOfTrouble = false;
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
      held.clear();
      resolveClosed();
    },
  });
  const calls = openCalls(core, limits);
  const { ping } = options.port;
  const silence = watchSilence(ping && (() => core.ended || ping()));
  core.send(encodeFrame('CHALLENGE', 0, true, encodeJson({ protocol: 1, challenge, gateway: options.address })));

  function welcome({ payload }: Frame): LinkViolation | null {
    if (node || payload.length > limits.greetingBytes) return 'HelloUnexpected';
    const hello = decodeJson(payload);
    if (!Check(LinkHello, hello)) return 'HelloInvalid';
    if (hello.receipts !== 3) return 'NodeOutdated';
    if (!options.isOwnHost(hello.gateway)) return 'GatewayMismatch';
    const claimed = parseAddress(hello.node);
    const { gateway, issuedAt, signature } = hello;
    const values = { challenge, gateway, node: claimed ?? '', issuedAt };
    if (!claimed || recoverSigner(nodeSessionStruct, values, signature) !== claimed) return 'SignatureInvalid';
    node = claimed;
    batches = createBatchChecks(node, options.address);
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
    if (!Check(LinkAnnouncement, said) || !held.take(said.page)) return 'AnnouncementInvalid';
    const first = announcement === null;
    announcement = statusOf(said);
    if (said.page.after === 0) isToldOfTrouble = false;
    if (held.left > 0 && node) tellTrouble(node);
    if (first && node) options.onLink(linkOf(node));
    return null;
  }

  function takeBatch({ payload }: Frame): LinkViolation | null {
    const batch = batches?.check(payload, announcement?.session) ?? null;
    const violation = batch ? calls.takeBatch(batch) : 'BatchInvalid';
    if (violation || !batch) return violation;
    for (const listener of batchListeners) listener(batch.arrived);
    return null;
  }

  /** Once: the link goes on, for what there was room for. */
  function tellTrouble(address: Address): void {
    if (isToldOfTrouble) return;
    isToldOfTrouble = true;
    const message = `This gateway has room for some of the releases of this node; ${held.left} or more were left out, and get no calls through it.`;
    const trouble = { code: 'HoldingsTooMany', message };
    core.send(encodeFrame('NOTICE', 0, true, encodeJson(trouble)));
    options.onTrouble?.(address, trouble);
  }

  function mayAnnounce(): boolean {
    const now = clock();
    announcements = Math.min(limits.announcements, announcements + (now - refilledAt) / limits.announcementMs);
    refilledAt = now;
    return --announcements >= 0;
  }

  const linkOf = (address: Address): NodeLink => ({
    node: address,
    announcement: () => announcement ?? nothingSaid,
    find: held.find,
    call: calls.call,
    onBatch(listener) {
      batchListeners.add(listener);
      return () => void batchListeners.delete(listener);
    },
    onSilence: silence.listen,
    closed,
    close: () => core.drop('Closed'),
  });

  function handle(frame: Frame): LinkViolation | null {
    if (frame.type === 'HELLO') return welcome(frame);
    if (!node) return 'HelloMissing';
    if (frame.type === 'ANNOUNCE') return announce(frame);
    if (frame.type === 'BATCH') return takeBatch(frame);
    if (answerFrames.has(frame.type)) return calls.receive(frame);
    return 'FrameUnexpected';
  }

  return {
    get welcomed() {
      return node !== null;
    },
    receive(message) {
      silence.heard();
      core.receive(message, handle);
    },
    watch: () => silence.tick(calls.underWay > 0),
    pinged: silence.knockAnswered,
    beat() {
      if (core.checkAlive() && node) core.send(encodeFrame('PING', 0, true));
    },
    end: (reason) => core.end(reason),
    close: (reason) => core.drop(reason),
  };
}

const nothingSaid: NodeStatus = { slots: { used: 0, limit: 1 }, draining: true };

const announcementLimits = (limits: LinkLimits): LinkLimits => ({ ...limits, bodyBytes: limits.announcementBytes });

const answerFrames: ReadonlySet<FrameType> = new Set(['PIECE', 'ANSWER', 'DATA', 'CREDIT']);
