import { address, bytes32, digest } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { CallEncoding } from './call-encoding.ts';

/** The head of one call as it crosses a node link; the body follows as the caller sent it. */
export const LinkCallHead = Type.Object({
  release: digest,
  encoding: CallEncoding,
  /** The zero address for a call without a key. */
  caller: address,
  /** Calls with one origin came from one network and share a turn. The gateway's own word: no address can be read from it. */
  origin: Type.Optional(Type.String({ maxLength: 64 })),
  /** EIP-712 hash of the signed request, which the receipt must name. */
  request: bytes32,
  /** How long the caller still waits, milliseconds. */
  deadlineMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
  /** Whether the caller takes the answer in pieces. Who does not know this member answers whole, which is always right. */
  pieces: Type.Optional(Type.Boolean()),
  traceparent: Type.Optional(Type.String({ maxLength: 80 })),
});
export type LinkCallHead = Static<typeof LinkCallHead>;
