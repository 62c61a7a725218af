import type { MerkleHash } from './merkle-hash.ts';
import { fromBase64, toBase64 } from './signed-note.ts';

/** What a log asks of a witness (C2SP tlog-witness): a signed checkpoint that continues the one of size `old`. */
export type AddCheckpoint = { old: number; proof: readonly MerkleHash[]; note: string };

/** A witness's media type for the size of the checkpoint it holds. */
export const logSizeType = 'text/x.tlog.size';

/** The specification's limit: a tree of 2^63 leaves needs no more. */
const maxProofLines = 63;

export function formatAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
}

/** The request of a body; null when it is malformed. Neither signature nor proof is checked. */
export function parseAddCheckpoint(body: string): AddCheckpoint | null {
  const end = body.indexOf('\n\n');
  if (end < 0) return null;
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(first);
  const proof = lines.map(fromBase64);
  if (!old || lines.length > maxProofLines || proof.some((hash) => hash?.length !== 32)) return null;
  if (!Number.isSafeInteger(Number(old[1]))) return null;
  return { old: Number(old[1]), proof: proof as MerkleHash[], note: body.slice(end + 2) };
}
