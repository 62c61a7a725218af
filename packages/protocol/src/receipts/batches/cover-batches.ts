import { toHex } from '../../bytes/hex.ts';
import { placesInBatch as places } from './hash-batch-bytes.ts';

/** Which headers are named by later ones that their node has said. Asked from the last number of a session to the first. */
export type Cover = {
  /** Whether the next header of the session, which was added, names the one that stands here by its hash. */
  covers(bytes: Uint8Array, at: number, id: Uint8Array): boolean;
  /** Takes a header that its node has said: what it names before it, its node has said too. */
  add(bytes: Uint8Array, at: number): void;
};

/**
 * A signature over a header is one over all that it names: `previous` is the hash of the header before, and a node that signs
 * it has said that one, whatever stands where its signature should.
 * attack: a header of another node, session or gateway, or one behind a gap, names a hash that its node never saw signed. It
 * covers nothing: only what follows without a gap does, in one session of one node at one gateway.
 */
export function coverBatches(): Cover {
  const named = new Set<string>();
  const sessionAt = (bytes: Uint8Array, at: number) => toHex(bytes.subarray(at, at + places.first));
  const numberAt = (bytes: Uint8Array, at: number) =>
    new DataView(bytes.buffer, bytes.byteOffset + at + places.first, 8).getBigUint64(0);
  return {
    covers(bytes, at, id) {
      const next = numberAt(bytes, at) + BigInt(bytes[at + places.count] ?? 0);
      return named.has(`${sessionAt(bytes, at)} ${next} ${toHex(id)}`);
    },
    add(bytes, at) {
      const previous = toHex(bytes.subarray(at + places.previous, at + places.issuedAt));
      named.add(`${sessionAt(bytes, at)} ${numberAt(bytes, at)} ${previous}`);
    },
  };
}
