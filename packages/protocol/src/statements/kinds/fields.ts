import { Type } from 'typebox';
import type { Address } from '../../identity/address.ts';
import type { Digest } from '../../identity/digest.ts';

/** Fields that several kinds of statement share. */
export const address = Type.Unsafe<Address>(Type.String({ pattern: '^0x[0-9a-f]{40}$' }));
export const digest = Type.Unsafe<Digest>(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }));
export const bytes32 = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const reason = Type.String({ pattern: '^[A-Z][A-Za-z]+$', maxLength: 60 });
export const sentence = Type.String({ maxLength: 1000 });
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** The last millisecond a Date can name. */
export const time = Type.Integer({ minimum: 0, maximum: 8.64e15 });
export const verdict = { ok: Type.Boolean(), reason, message: sentence };
