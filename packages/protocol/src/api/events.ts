import { type ConditionType, conditionTypes } from '../conditions/condition.ts';
import { address, digest, orNull } from '../schema/fields.ts';
import { type Static, Type } from '../schema/type.ts';

/** What can become of a release that somebody wants to hear of, and as what it is sent. */
export const eventKinds = [
  'release.published',
  'release.reached',
  'release.first_call',
  'release.broke',
  'release.recovered',
] as const;
export type EventKind = (typeof eventKinds)[number];

export const EventKind = Type.Unsafe<EventKind>(Type.String({ enum: [...eventKinds] }));

/** What a webhook is sent, as Standard Webhooks has it. It names the release and what changed; the rest is asked for. */
export const EventMessage = Type.Object({
  type: EventKind,
  /** ISO 8601; when it happened, which may be long before it is sent. */
  timestamp: Type.String(),
  data: Type.Object({
    release: digest,
    reference: Type.String(),
    publisher: address,
    /** Of what was reached or broke. */
    condition: orNull(Type.Unsafe<ConditionType>(Type.String({ enum: [...conditionTypes] }))),
    reason: orNull(Type.String()),
    /** Where the release is shown now. */
    url: Type.String(),
  }),
});
export type EventMessage = Static<typeof EventMessage>;
