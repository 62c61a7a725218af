import type { Address } from '../identity/address.ts';
import type { Digest } from '../identity/digest.ts';
import { type TSchema, Type } from './type.ts';

export const address = Type.Unsafe<Address>(
  Type.String({ pattern: '^0x[0-9a-f]{40}$', description: 'an address: 0x and 40 lower-case hex digits' }),
);
export const digest = Type.Unsafe<Digest>(
  Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'a digest: sha256: and 64 lower-case hex digits' }),
);
const hex32 = '^[0-9a-f]{64}$';
export const sha256Hex = Type.String({ pattern: hex32, description: 'a sha256: 64 lower-case hex digits' });
/** A salt, a nonce, the id of a receipt or its hash of something. */
export const bytes32 = Type.String({ pattern: hex32, description: 'a hash: 64 lower-case hex digits' });
/** r, s and v, as wallets write them. */
export const signature = Type.String({
  pattern: '^0x[0-9a-f]{130}$',
  description: 'a signature: 0x and 130 lower-case hex digits',
});
/** So large that its sums stay exact in a double. */
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Milliseconds since 1970 that a Date can name: strangers choose them, and whoever shows them must not fail. */
export const time = Type.Integer({ minimum: 0, maximum: 8.64e15 });

export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);
