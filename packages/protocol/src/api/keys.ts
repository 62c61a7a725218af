import { address, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { LabelView } from './labels.ts';

/** ISO 8601 */
const time = Type.String();

/** GET /v1/keys/{address or handle} */
export const KeyView = Type.Object({
  address,
  handles: Type.Array(Type.String()),
  delegations: Type.Array(
    Type.Object({
      key: address,
      scopes: Type.Array(Type.String()),
      notBefore: time,
      notAfter: time,
      revokedAt: orNull(time),
    }),
  ),
  labels: Type.Array(LabelView),
});
export type KeyView = Static<typeof KeyView>;
