import { Type } from '../../schema/type.ts';

export { address, bytes32, count, digest, time } from '../../schema/fields.ts';

export const reason = Type.String({ pattern: '^[A-Z][A-Za-z]+$', maxLength: 60 });
export const sentence = Type.String({ maxLength: 1000 });
export const verdict = { ok: Type.Boolean(), reason, message: sentence };
/** The keyed hash of a network: who has no key of the hub learns nothing of the network from it. */
export const network = Type.String({ pattern: '^[0-9a-f]{32}$', description: '32 lower-case hex digits' });
export const note = Type.String({ maxLength: 500 });
