import { proofPath } from '../log/proof-path.ts';
import { count, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** GET /v1/log: what a reader needs to know before it reads /log/checkpoint. */
export const LogView = Type.Object({
  origin: Type.String(),
  /** C2SP verifier key of the log. */
  vkey: Type.String(),
  /** Size of the published checkpoint; null before the first one. */
  size: orNull(count),
  /** Verifier keys of the witnesses this hub asks, and how many of them every checkpoint carries. */
  witnesses: Type.Array(Type.String()),
  atLeast: count,
  /** `ok`, or why no newer checkpoint is published. */
  state: Type.String(),
});
export type LogView = Static<typeof LogView>;

/** GET /v1/log/proof */
export const LogProof = Type.Object({
  /** From the leaf up for an inclusion proof; as RFC 6962 orders it for a consistency proof. */
  path: proofPath,
  checkpoint: Type.String(),
});
export type LogProof = Static<typeof LogProof>;
