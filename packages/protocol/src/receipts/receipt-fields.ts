import { Type } from '../schema/type.ts';

/** Milliseconds since 1970 that a Date can name: a node chooses them, and whoever shows them must not fail. */
export const receiptTime = Type.Integer({ minimum: 0, maximum: 8.64e15 });

/** A uint256 in decimal, in the smallest unit of its asset. */
export const receiptPrice = Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$' });

export const zeroBytes32 = '0'.repeat(64);
