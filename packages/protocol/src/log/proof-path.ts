import { bytes32 } from '../schema/fields.ts';
import { Type } from '../schema/type.ts';

/** At most one hash for every level of a tree. */
export const proofPath = Type.Array(bytes32, { maxItems: 63 });
