import { Type } from '../../schema/type.ts';

export { address, bytes32, count, digest } from '../../schema/fields.ts';

export const reason = Type.String({ pattern: '^[A-Z][A-Za-z]+$', maxLength: 60 });
export const sentence = Type.String({ maxLength: 1000 });
/** The last millisecond a Date can name. */
export const time = Type.Integer({ minimum: 0, maximum: 8.64e15 });
export const verdict = { ok: Type.Boolean(), reason, message: sentence };
export const note = Type.String({ maxLength: 500 });
