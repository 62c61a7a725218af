import { Type } from 'typebox';
import { address, time } from './fields.ts';

const note = Type.String({ maxLength: 500 });

/** subject: the release digest. Signed by the publisher: new callers shall not find it; who names the digest may. */
export const ReleaseYanked = Type.Object({ yanked: Type.Boolean(), note });

/** subject: the release digest. Signed by the publisher: it still answers, but something else is better. */
export const ReleaseDeprecated = Type.Object({
  deprecated: Type.Boolean(),
  note,
  /** Reference of what to use instead. */
  successor: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
});

/** What a hub refuses to do with a release: show it in lists, route calls to it, hand out its bytes. */
export const refusalScopes = ['listing', 'calls', 'bytes'] as const;
export type RefusalScope = (typeof refusalScopes)[number];

/** subject: the release digest. Signed by the hub: a tombstone, which says what it refuses and why. */
export const ReleaseRefused = Type.Object({
  refused: Type.Array(Type.Unsafe<RefusalScope>(Type.String({ enum: [...refusalScopes] })), {
    maxItems: refusalScopes.length,
  }),
  note,
});

/** subject: `publisher/name` of the alias. Signed by its publisher: calls to that name go to another model, of whomever. */
export const ModelAliased = Type.Object({
  publisher: address,
  name: Type.String({ maxLength: 64 }),
  /** `publisher/name` or `publisher/name@version`; null ends the alias. */
  target: Type.Union([Type.String({ maxLength: 200 }), Type.Null()]),
});

/** subject: a release, node, key or handle. Signed by anybody: a word about it, which counts with those who follow them. */
export const LabelAttached = Type.Object({
  /** Lower-case words with hyphens, such as `malware` or `verified-by-us`. */
  label: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 60 }),
  /** False takes it back. */
  attached: Type.Boolean(),
  note,
  expiresAt: Type.Optional(time),
});
