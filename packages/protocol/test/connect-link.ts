import { type Address, zeroAddress } from '../src/identity/address.ts';
import type { Digest } from '../src/identity/digest.ts';
import { type PrivateKey, parsePrivateKey } from '../src/keys/private-key.ts';
import type { AnswerCall, NodeAnswer } from '../src/link/answer-call.ts';
import { decodeFrame } from '../src/link/frames/decode-frame.ts';
import { encodeFrame } from '../src/link/frames/encode-frame.ts';
import { type LinkLimits, linkLimits } from '../src/link/limits.ts';
import type { LinkCallHead } from '../src/link/link-call.ts';
import type { NodeAnnouncement, NodeTrouble } from '../src/link/node-announcement.ts';
import type { NodeLink } from '../src/link/node-link.ts';
import { type GatewaySession, openGatewaySession } from '../src/link/sessions/open-gateway-session.ts';
import { type NodeSession, openNodeSession } from '../src/link/sessions/open-node-session.ts';
import { type OpenReceipts, openReceiptSession } from '../src/receipts/batches/open-receipt-session.ts';
import type { ReceiptFacts } from '../src/receipts/batches/receipt-facts.ts';
import { zeroBytes32 } from '../src/receipts/receipt-fields.ts';

export const key = parsePrivateKey('11'.repeat(32)) as PrivateKey;
export const host = 'gateway.example';
export const gatewayAddress = `0x${'9a'.repeat(20)}` as Address;
/** What the node announces of its sessions: this half, then zeros. */
export const start = '5e'.repeat(16);
export const session = `${start}${'1'.padStart(32, '0')}`;
export const release = `sha256:${'ab'.repeat(32)}` as Digest;
export const head: LinkCallHead = {
  release,
  encoding: 'plain',
  caller: zeroAddress,
  request: zeroBytes32,
  deadlineMs: 1000,
};
export const announced: NodeAnnouncement = {
  slots: { used: 0, limit: 2 },
  holdings: [{ release, state: 'warm' }],
  draining: false,
  session: start.padEnd(64, '0'),
};
export const never = new AbortController().signal;
export const refusal = (message: string) => ({ ok: false as const, code: 'CallFailed', message, started: true });
export const facts: ReceiptFacts = {
  ...{
    release: 'ab'.repeat(32),
    request: zeroBytes32,
    inputs: zeroBytes32,
    outputs: zeroBytes32,
    response: zeroBytes32,
  },
  ...{ caller: zeroAddress, startedAt: 0, finishedAt: 0, runtime: zeroBytes32, auditClass: 0, end: 0, units: 1 },
  ...{ tokensIn: 0, tokensOut: 0, extra: zeroBytes32, salt: zeroBytes32 },
};
export const salt = 'ee'.repeat(32);
export const good = (body: Uint8Array, more: Partial<ReceiptFacts> = {}): NodeAnswer => ({
  head: { ok: true, facts: { ...facts, ...more }, salt, runMs: 0.5 },
  body,
});
export const signedEcho: AnswerCall = async (_head, body) => good(body);

/** The receipts of one link after the other, numbered from 1. */
export function createReceipts(clock: () => number): OpenReceipts {
  let links = 0;
  return (gateway, onBatch) => {
    const link = start + (++links).toString(16).padStart(32, '0');
    return openReceiptSession({ key, session: link, gateway, clock, afterTick: setImmediate, onBatch });
  };
}

export const echo: AnswerCall = async (_head, body) => ({ head: refusal('echo'), body });

/** Frames queue like on a wire; `flush` delivers until both sides are silent. */
export function createWire() {
  const queue: { to: 'gateway' | 'node'; bytes: Uint8Array }[] = [];
  const closed: { gateway: string | null; node: string | null } = { gateway: null, node: null };
  const port = (from: 'gateway' | 'node', to: 'gateway' | 'node') => ({
    send: (bytes: Uint8Array) => void queue.push({ to, bytes }),
    close: (reason: string) => {
      closed[from] = reason;
    },
  });
  return { queue, closed, gateway: port('gateway', 'node'), node: port('node', 'gateway') };
}
export type Wire = ReturnType<typeof createWire>;

export async function flush(wire: Wire, sides: { gateway: GatewaySession; node?: NodeSession }): Promise<void> {
  for (let idle = 0; idle < 5; idle++) {
    for (let next = wire.queue.shift(); next; next = wire.queue.shift()) {
      idle = 0;
      if (next.to === 'gateway') sides.gateway.receive(next.bytes);
      else sides.node?.receive(next.bytes);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Both ends of a link, the node welcomed. */
export async function connect(
  options: {
    answerCall?: AnswerCall;
    limits?: Partial<LinkLimits>;
    dialled?: string;
    clock?: () => number;
    onNotice?: (trouble: NodeTrouble) => void;
  } = {},
) {
  const wire = createWire();
  const limits = { ...linkLimits, ...options.limits };
  const clock = options.clock ?? (() => 0);
  const links: NodeLink[] = [];
  const gateway = openGatewaySession({
    port: wire.gateway,
    address: gatewayAddress,
    clock,
    random: (length) => new Uint8Array(length).fill(7),
    isOwnHost: (name) => name === host,
    onLink: (link) => void links.push(link),
    limits,
  });
  let announcement = announced;
  const node = openNodeSession({
    port: wire.node,
    key,
    host: options.dialled ?? host,
    clock,
    announcement: () => announcement,
    answerCall: options.answerCall ?? echo,
    openReceipts: createReceipts(clock),
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
    limits,
  });
  await flush(wire, { gateway, node });
  return {
    wire,
    gateway,
    node,
    links,
    link: links[0] as NodeLink,
    flush: () => flush(wire, { gateway, node }),
    say: (next: NodeAnnouncement) => {
      announcement = next;
      node.announce();
    },
  };
}

/** Kinds of the frames on their way. */
export const types = (wire: Wire) => wire.queue.map(({ bytes }) => decodeFrame(bytes)?.type);

export const frameOf = (...parts: Parameters<typeof encodeFrame>) => encodeFrame(...parts);
/** The most a frame of data carries. */
export const piece = new Uint8Array(65_536);
