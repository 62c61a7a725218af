import { address, digest, orNull, sha256Hex } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** Above what one node can hold and pass on in the time of a lease. */
export const mostLeasedChunks = 16;

const exact = { additionalProperties: false };
/** Chunks of a file as bits in hex, see ChunkSet: two digits per eight chunks of 4 MiB, up to 1 TiB. */
const chunkSet = Type.String({ pattern: '^[0-9a-f]*$', maxLength: 65_536 });
const chunkIndex = Type.Integer({ minimum: 0, maximum: 262_143 });

/**
 * POST /v1/fetches/lease, signed by a node that joined: all it has of one file, and what it is at. The request says
 * the whole state, so repeating it is harmless, and a hub that forgot everything knows it again.
 */
export const FetchRequest = Type.Object(
  {
    file: sha256Hex,
    /** The release it is fetched for: nodes that announce it have the file. */
    release: digest,
    /** The chunks this node has verified. */
    have: chunkSet,
    /** Chunks it is fetching, or will with the lease it has; a lease for another chunk is given back. */
    working: Type.Array(chunkIndex, { maxItems: 64 }),
    /** How many more chunks it would take from the hub now. */
    want: Type.Integer({ minimum: 0, maximum: mostLeasedChunks }),
    /** Where other nodes get from this one what it has; null when nobody can reach it. */
    peerUrl: orNull(Type.String({ maxLength: 200 })),
    /** Peers this node will not ask any more. */
    dropped: Type.Array(address, { maxItems: 64 }),
    /** How long the hub may hold the request until there is something to do, milliseconds. */
    waitMs: Type.Integer({ minimum: 0, maximum: 20_000 }),
  },
  exact,
);
export type FetchRequest = Static<typeof FetchRequest>;

export const FetchAnswer = Type.Object({
  /** Chunks to take from the hub: nobody else is told to while the lease lasts. */
  origin: Type.Array(chunkIndex, { maxItems: mostLeasedChunks }),
  /** A lease ends this long after the last request that names it as `working`, milliseconds. */
  leaseMs: Type.Integer({ minimum: 1 }),
  /** Who has chunks this node lacks. What they send is checked like anybody's. */
  peers: Type.Array(Type.Object({ node: address, url: Type.String({ maxLength: 200 }), have: chunkSet }), {
    maxItems: 64,
  }),
  /** Nodes that are fetching this file now, the one that asks among them. */
  fetching: Type.Integer({ minimum: 0 }),
  /** Others hold leases on chunks this node lacks: waiting brings them from a peer. */
  underWay: Type.Boolean(),
});
export type FetchAnswer = Static<typeof FetchAnswer>;
