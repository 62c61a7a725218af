import { randomBytes } from 'node:crypto';
import {
  type Address,
  type AnswerCall,
  addressOf,
  type CallSignal,
  type Digest,
  type GoodNodeAnswer,
  type Holding,
  type LinkCallHead,
  type LinkRefusal,
  type NodeAnnouncement,
  type OpenReceipts,
  ownMember,
  type PrivateKey,
  type ReceiptFacts,
  type ReleaseView,
  toHex,
} from '@callable/protocol';
import { randomKey } from '../keys/random-key.ts';
import { createTestReceipts } from '../receipts/create-test-receipts.ts';
import { factsOf, testSalt } from '../receipts/facts-of.ts';

export type TestNode = {
  key: PrivateKey;
  node: Address;
  announcement: () => NodeAnnouncement;
  find: (release: Digest) => Holding | null;
  answerCall: AnswerCall;
  openReceipts: OpenReceipts;
  /** Heads and bodies that arrived. */
  calls: { head: LinkCallHead; body: Uint8Array }[];
  sign(release: ReleaseView, head: LinkCallHead, body: Uint8Array, changes?: Partial<ReceiptFacts>): GoodNodeAnswer;
};

export type TestNodeOptions = {
  answer?: (
    node: TestNode,
    head: LinkCallHead,
    body: Uint8Array,
    signal: CallSignal,
    onPiece?: (piece: Uint8Array) => void | Promise<void>,
  ) => ReturnType<AnswerCall>;
  announcement?: Partial<NodeAnnouncement>;
  state?: Holding['state'];
};

/** A node that doubles X and signs real receipts; `answer` replaces what it does with a call. */
export function createTestNode(releases: readonly ReleaseView[], options: TestNodeOptions = {}): TestNode {
  const key = randomKey();
  const { id, open } = createTestReceipts(key);
  const announced: NodeAnnouncement = {
    slots: { used: 0, limit: 4 },
    holdings: releases.map(({ digest }) => ({ release: digest, state: options.state ?? 'warm' })),
    draining: false,
    session: id,
    ...options.announcement,
  };
  const node: TestNode = {
    key,
    node: addressOf(key),
    openReceipts: open,
    announcement: () => announced,
    find: (release) => announced.holdings.find((held) => held.release === release) ?? null,
    calls: [],
    sign(release, head, body, changes = {}) {
      const facts = { ...factsOf(release, head, body), salt: toHex(randomBytes(32)), ...changes };
      return { ok: true, facts, salt: testSalt, runMs: 0.5 };
    },
    async answerCall(head, body, signal, onPiece) {
      node.calls.push({ head, body });
      const pass = onPiece && ((piece: Uint8Array) => onPiece(piece, testSalt));
      if (options.answer) return options.answer(node, head, body, signal, pass);
      return answerDoubled(node, releases, head, body);
    },
  };
  return node;
}

/** The honest answer. */
export async function answerDoubled(
  node: TestNode,
  releases: readonly ReleaseView[],
  head: LinkCallHead,
  body: Uint8Array,
): ReturnType<AnswerCall> {
  const release = releases.find(({ digest }) => digest === head.release);
  if (!release) return refuse('NoNodeHoldsModel', 'Not here.', false);
  const inputs: unknown = JSON.parse(new TextDecoder().decode(body));
  const outputs = new TextEncoder().encode(
    head.encoding === 'plain' ? JSON.stringify({ Y: doubled(inputs, 'X') }) : JSON.stringify(doubledTensors(inputs)),
  );
  const good = node.sign(release, head, outputs);
  const { id } = inputs as { id?: string };
  return {
    head: head.encoding === 'oip' && typeof id === 'string' ? { ...good, id } : good,
    body: outputs,
  };
}

export function refuse(code: string, message: string, started: boolean, errors?: Record<string, unknown>[]) {
  const head: LinkRefusal = { ok: false, code, message, started, ...(errors ? { errors } : {}) };
  return { head, body: new Uint8Array() };
}

const doubled = (inputs: unknown, name: string) =>
  (ownMember(inputs as Record<string, number[][]>, name) ?? []).map((row) => row.map((value) => 2 * value));

function doubledTensors(inputs: unknown) {
  const { inputs: tensors } = inputs as { inputs: { data: number[]; shape: number[] }[] };
  return tensors.map(({ data, shape }) => ({
    name: 'Y',
    datatype: 'FP32',
    shape,
    data: data.flat().map((value) => 2 * value),
  }));
}
