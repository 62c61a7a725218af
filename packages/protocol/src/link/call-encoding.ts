import { type Static, Type } from '../schema/type.ts';

/** plain: `{input: nested array}` and back. oip: the JSON of an Open Inference Protocol infer request. */
export const CallEncoding = Type.Unsafe<'plain' | 'oip'>(Type.String({ enum: ['plain', 'oip'] }));
export type CallEncoding = Static<typeof CallEncoding>;
