import { address, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';
import { EventKind } from './events.ts';

/** ISO 8601 */
const time = Type.String();
const kinds = Type.Array(EventKind, { minItems: 1, maxItems: 5 });

/** POST /v1/webhooks; of a release, by its reference, or of everything of a publisher. */
export const WebhookRequest = Type.Object({
  url: Type.String({ minLength: 8, maxLength: 2000 }),
  release: Type.Optional(Type.String({ maxLength: 220 })),
  publisher: Type.Optional(Type.String({ maxLength: 64 })),
  kinds: Type.Optional(kinds),
});
export type WebhookRequest = Static<typeof WebhookRequest>;

const members = {
  id: Type.String(),
  url: Type.String(),
  release: orNull(digest),
  publisher: orNull(address),
  kinds,
  /** `pending` until its endpoint has answered the challenge. */
  state: Type.Unsafe<'pending' | 'active' | 'disabled'>(Type.String({ enum: ['pending', 'active', 'disabled'] })),
  /** Why it is disabled. */
  reason: orNull(Type.String()),
  createdAt: time,
  /** Verifies the signatures `v1a`; of this webhook alone. */
  publicKey: Type.String(),
  last: orNull(
    Type.Object({ at: time, delivered: Type.Boolean(), status: orNull(Type.Integer()), message: Type.String() }),
  ),
  failures: Type.Integer(),
  nextAttemptAt: orNull(time),
};
export const WebhookView = Type.Object(members);
export type WebhookView = Static<typeof WebhookView>;

/** With the secret of the signatures `v1`, which is shown this once. */
export const WebhookCreated = Type.Object({ ...members, secret: Type.String() });
export type WebhookCreated = Static<typeof WebhookCreated>;

export const WebhookList = Type.Object({ webhooks: Type.Array(WebhookView) });
export type WebhookList = Static<typeof WebhookList>;
