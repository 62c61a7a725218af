import { zeroBytes32 } from '../bytes/zero-bytes32.ts';
import { Type } from '../schema/type.ts';

/** A uint256 in decimal, in the smallest unit of its asset. */
export const receiptPrice = Type.String({ pattern: '^(0|[1-9][0-9]{0,77})$' });

export { zeroBytes32 };
