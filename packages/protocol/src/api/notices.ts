import type { RefusalScope } from '../curation/refusal-scope.ts';
import { address, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** ISO 8601 */
const time = Type.String();

/** What the publisher or the hub has said about a release; each with the statement that says it. */
export const NoticesView = Type.Object({
  yanked: orNull(Type.Object({ note: Type.String(), since: time, statement: Type.String() })),
  deprecated: orNull(
    Type.Object({ note: Type.String(), successor: orNull(Type.String()), since: time, statement: Type.String() }),
  ),
  /** A tombstone of this hub. */
  refused: orNull(
    Type.Object({
      by: address,
      scopes: Type.Array(Type.Unsafe<RefusalScope>(Type.String())),
      note: Type.String(),
      since: time,
      statement: Type.String(),
    }),
  ),
});
export type NoticesView = Static<typeof NoticesView>;
