import { randomBytes } from 'node:crypto';
import {
  type Address,
  addressOf,
  type BatchOfCalls,
  type CallRecord,
  type Digest,
  encodeReceipt,
  growBatchTree,
  hexOfDigest,
  leafOfReceipt,
  noTerms,
  type PrivateKey,
  type Receipt3,
  requestHash,
  requestHeaders,
  type SignedBatch,
  type SignedCall,
  signBatch,
  signRequestOnTerms,
  toHex,
  zeroAddress,
  zeroBytes32,
} from '@callable/protocol';

/** One call in a batch: of a key, or of none; or the bare hash of one that is not reported. */
export type PlayedCall =
  | {
      release: string;
      caller?: PrivateKey | null;
      fields?: Partial<Receipt3>;
      /** The caller acts on the answer. */
      relies?: boolean;
      /** In whose name the caller signs. */
      onBehalfOf?: Address;
      /** What the gateway says of the network of the caller. */
      tag?: string;
      /** A request that was signed before: the same one again. */
      request?: PlayedRequest;
    }
  | { hash: true };

export type PlayedRequest = { call: SignedCall; hash: string };

/** A node at the end of a link to a gateway, which signs the batches it is told to. */
export type BatchPlayer = {
  node: Address;
  session: string;
  /** The next batch of the session; `more` replaces members of its header before it is signed. */
  batch(calls: readonly PlayedCall[], more?: Partial<SignedBatch>): BatchOfCalls;
};

const random = () => toHex(randomBytes(32));

export function playBatches(
  key: PrivateKey,
  gateway: Address,
  { session = random(), next = 0 }: { session?: string; next?: number } = {},
): BatchPlayer {
  let [first, previous] = [next, zeroBytes32];
  const node = addressOf(key);
  return {
    node,
    session,
    batch(calls, more = {}) {
      const begin = more.first ?? first;
      const records = calls.map((call, index) => recordOf(call, begin + index, gateway, more.issuedAt));
      const leaves = records.map((one) => (one.kind === 'hash' ? one.leaf : leafOfReceipt(encodeReceipt(one.receipt))));
      const numbers = { first: begin, count: records.length, root: toHex(growBatchTree(leaves).root), previous };
      const { batch, id } = signBatch({ node, session, gateway, ...numbers, issuedAt: Date.now(), ...more }, key);
      [first, previous] = [begin + records.length, id];
      return { batch, records };
    },
  };
}

function recordOf(call: PlayedCall, seq: number, gateway: Address, at = Date.now()): CallRecord {
  if ('hash' in call) return { kind: 'hash', leaf: Uint8Array.from(randomBytes(32)) };
  const { release, caller = null, fields = {}, tag } = call;
  const signed = caller && (call.request ?? signCall(caller, gateway, { ...call, at }));
  const receipt: Receipt3 = {
    ...{ version: 3, seq, release: hexOfDigest(release as Digest), request: signed?.hash ?? random() },
    ...{ inputs: random(), outputs: random(), response: random(), caller: caller ? addressOf(caller) : zeroAddress },
    ...{ startedAt: Date.now() - 5, finishedAt: Date.now(), runtime: 'bb'.repeat(32), auditClass: 0, end: 0 },
    ...{ units: 1, tokensIn: 0, tokensOut: 0, extra: zeroBytes32, salt: random(), ...fields },
  };
  return { kind: 'call', receipt, request: signed?.call ?? null, tag };
}

/** A request as its caller signed it for a gateway: without terms, relying on the answer, or in the name of another. */
export function signCall(
  caller: PrivateKey,
  gateway: Address,
  { relies, onBehalfOf, at = Date.now() }: { relies?: boolean; onBehalfOf?: Address; at?: number } = {},
): PlayedRequest {
  const plain = { method: 'POST', path: '/v1/run/p/n@1.0.0', body: random(), nonce: random(), issuedAt: at };
  const request = { ...plain, version: 2 as const, audience: gateway };
  const more = { ...(onBehalfOf ? { onBehalfOf } : {}), ...(relies ? { relies } : {}) };
  const terms = onBehalfOf || relies ? { ...noTerms, more } : null;
  const signature = signRequestOnTerms({ ...request, ...terms }, caller)[requestHeaders.signature] ?? '';
  return { call: { ...request, terms, signature }, hash: requestHash({ ...request, ...terms }) };
}
