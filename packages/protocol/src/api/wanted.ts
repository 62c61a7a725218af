import { count, digest, orNull, time } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** GET /v1/wanted: what was asked for and nothing could answer, the most wanted first. A list of work for operators. */
export const WantedList = Type.Object({
  /** Days of filing, UTC: since this day, up to this one and with it. */
  from: time,
  until: time,
  wanted: Type.Array(
    Type.Object({
      reference: Type.String(),
      digest,
      /** Networks that asked, each once for a gateway and day: what the order goes by. Calls are free. */
      networks: count,
      calls: count,
      bytes: Type.Integer(),
      /** What it needs of a node. */
      memoryBytes: Type.Integer(),
      /** The first condition that is not true, and who can do what about it. */
      reason: Type.String(),
      message: Type.String(),
      next: orNull(Type.String()),
    }),
  ),
});
export type WantedList = Static<typeof WantedList>;
