import { type Digest, digestJson } from '../identity/digest.ts';
import type { TypedStruct } from '../keys/typed-data.ts';
import { address, signature } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

const exact = { additionalProperties: false };
/** The last millisecond a Date can name: later ones cannot be shown. */
const maxTime = 8.64e15;

/**
 * One signed fact about a release, a node or a name. All evidence is statements: conditions are computed from
 * them and from nothing else.
 */
export const Statement = Type.Object(
  {
    kind: Type.String({ pattern: '^[a-z]+\\.[a-z]+$', maxLength: 40 }),
    /** A digest, an address or a handle. */
    subject: Type.String({ pattern: '^[!-~]{1,120}$' }),
    body: Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]{0,63}$' }), Type.Unknown(), exact),
    /** Milliseconds since 1970, by the signer's clock. */
    issuedAt: Type.Integer({ minimum: 0, maximum: maxTime }),
    signer: address,
    signature,
  },
  exact,
);
export type Statement = Static<typeof Statement>;

/** What is hashed and signed; the body enters by its digest, so wallets show a short text. */
export const statementStruct: TypedStruct = {
  name: 'Statement',
  fields: [
    ['kind', 'string'],
    ['subject', 'string'],
    ['body', 'bytes32'],
    ['issuedAt', 'uint64'],
  ],
};

/**
 * The largest statement in canonical JSON, in bytes. An entry of a tlog-tiles bundle is at most 65 535 bytes
 * (its length is a u16), and the log adds its own time to each.
 */
export const maxStatementBytes = 60_000;

/** How far a signer's clock may be from the hub's when a statement arrives, in milliseconds. */
export const maxClockSkewMs = 5 * 60_000;

/** Identity of a statement: without the signature, so that re-signing does not make a second one. */
export function statementId(statement: Omit<Statement, 'signature'>): Digest {
  const { kind, subject, body, issuedAt, signer } = statement;
  return digestJson({ kind, subject, body, issuedAt, signer });
}
