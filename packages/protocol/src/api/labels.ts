import { address, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** ISO 8601 */
const time = Type.String();

/** Who said what about whom, since when. */
export const LabelView = Type.Object({
  subject: Type.String(),
  label: Type.String(),
  by: address,
  note: Type.String(),
  since: time,
  expiresAt: orNull(time),
  statement: Type.String(),
  /** Whether this hub follows the signer: else it is shown and means nothing here. */
  followed: Type.Boolean(),
});
export type LabelView = Static<typeof LabelView>;

/** GET /v1/labels?subject= */
/** Of one subject 100 at most: those this hub follows, then the newest. */
export const LabelList = Type.Object({ labels: Type.Array(LabelView), more: Type.Boolean() });
