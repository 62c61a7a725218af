import type { Address } from '../../identity/address.ts';
import { addressOf, type PrivateKey } from '../../keys/private-key.ts';
import { signTyped } from '../../keys/sign-typed.ts';
import type { OpenReceipts } from '../../receipts/batches/open-receipt-session.ts';
import { Check } from '../../schema/check.ts';
import { address, bytes32 } from '../../schema/fields.ts';
import { type Static, Type } from '../../schema/type.ts';
import type { AnswerCall } from '../answer-call.ts';
import { encodeFrame } from '../frames/encode-frame.ts';
import type { Frame } from '../frames/frame.ts';
import { decodeJson, encodeJson } from '../frames/json-payload.ts';
import { createHoldingsJournal } from '../holdings-journal.ts';
import { type LinkLimits, linkLimits } from '../limits.ts';
import type { LinkPort } from '../link-port.ts';
import { type NodeAnnouncement, NodeTrouble, statusOf } from '../node-announcement.ts';
import { nodeSessionStruct } from '../node-session.ts';
import type { LinkViolation } from '../violation.ts';
import { openAnswers } from './open-answers.ts';
import type { LinkHello } from './open-gateway-session.ts';
import { openSessionCore } from './session-core.ts';

export const LinkChallenge = Type.Object({
  protocol: Type.Literal(1),
  challenge: bytes32,
  /** Whom the receipts of this link are for; absent where they would have to be of an older version. */
  gateway: Type.Optional(address),
});
export type LinkChallenge = Static<typeof LinkChallenge>;

export type NodeSession = {
  /** One message from the gateway. */
  receive(message: Uint8Array): void;
  /**
   * Says how the node is, and the next page of what it holds, to be called again while it returns true: a page at a time
   * leaves room for answers. Nothing before the gateway has welcomed it.
   */
  announce(): boolean;
  /** To be called every `heartbeatMs`: announces, and drops a gateway that is silent. */
  beat(): void;
  readonly welcomed: boolean;
  /** Calls whose answer is not sent whole. */
  readonly underWay: number;
  /** The connection is gone: calls under way are told to stop. */
  end(reason: string): void;
  close(reason: string): void;
};

/**
 * The node's end of a link: proves its key for this gateway, announces what it holds, answers calls. `host` is the
 * host that was dialled, which the signature binds, so that nobody else can use it.
 */
export function openNodeSession(options: {
  port: LinkPort;
  key: PrivateKey;
  host: string;
  clock: () => number;
  announcement: () => NodeAnnouncement;
  answerCall: AnswerCall;
  openReceipts: OpenReceipts;
  onWelcome?: () => void;
  /** The gateway takes less than the node announces. */
  onNotice?: (trouble: NodeTrouble) => void;
  onEnd?: (reason: string) => void;
  limits?: LinkLimits;
}): NodeSession {
  const { key, host, clock, limits = linkLimits } = options;
  let state: 'dialled' | 'signed' | 'welcomed' = 'dialled';
  const core = openSessionCore({
    port: options.port,
    clock,
    limits,
    onEnd(reason) {
      answers.endAll(reason);
      options.onEnd?.(reason);
    },
  });
  const journal = createHoldingsJournal();
  let told = 0;
  let gateway: Address | null = null;
  const answers = openAnswers(core, options, limits);

  function prove({ payload }: Frame): LinkViolation | null {
    // Once: a gateway must not use the node to sign one challenge after the other.
    const said = state === 'dialled' && payload.length <= limits.greetingBytes ? decodeJson(payload) : undefined;
    if (!Check(LinkChallenge, said)) return 'ChallengeInvalid';
    if (!said.gateway) return 'GatewayOutdated';
    gateway = said.gateway as Address;
    const proof = { challenge: said.challenge, gateway: host, node: addressOf(key), issuedAt: clock() };
    const hello: LinkHello = {
      node: proof.node,
      gateway: host,
      issuedAt: proof.issuedAt,
      receipts: 3,
      signature: signTyped(nodeSessionStruct, proof, key),
    };
    state = 'signed';
    core.send(encodeFrame('HELLO', 0, true, encodeJson(hello)));
    return null;
  }

  function join(): LinkViolation | null {
    if (state !== 'signed' || !gateway) return 'WelcomeUnexpected';
    state = 'welcomed';
    answers.join(gateway);
    announce();
    options.onWelcome?.();
    return null;
  }

  function announce(): boolean {
    if (state !== 'welcomed') return false;
    const said = options.announcement();
    journal.update(said.holdings);
    const page = journal.page(told);
    told = page.upTo;
    const bytes = encodeJson({ ...statusOf(said), page });
    for (let at = 0; at < bytes.length; at += limits.pieceBytes) {
      const piece = bytes.subarray(at, at + limits.pieceBytes);
      core.send(encodeFrame('ANNOUNCE', 0, at + limits.pieceBytes >= bytes.length, piece));
    }
    return page.more;
  }

  function notice({ payload }: Frame): LinkViolation | null {
    const said = payload.length <= limits.greetingBytes ? decodeJson(payload) : undefined;
    if (!Check(NodeTrouble, said)) return 'NoticeInvalid';
    options.onNotice?.({ code: said.code, message: said.message.replace(/\p{Cc}+/gu, ' ') });
    return null;
  }

  function handle(frame: Frame): LinkViolation | null {
    if (frame.type === 'CHALLENGE') return prove(frame);
    if (frame.type === 'WELCOME') return join();
    if (state !== 'welcomed') return 'WelcomeMissing';
    if (frame.type === 'NOTICE') return notice(frame);
    return frame.type === 'PING' ? null : answers.receive(frame);
  }

  return {
    get welcomed() {
      return state === 'welcomed' && !core.ended;
    },
    get underWay() {
      return answers.underWay;
    },
    receive: (message) => core.receive(message, handle),
    announce,
    beat() {
      if (core.checkAlive()) announce();
    },
    end: (reason) => core.end(reason),
    close: (reason) => core.drop(reason),
  };
}
