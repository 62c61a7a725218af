import type { MessageKind } from '../model/message-kinds.ts';

/** One field of a model and where it lies in its source, bytes. Entered messages are the parents of what is in them. */
export type FieldAt = {
  /** The message it is a field of. */
  readonly of: MessageKind;
  readonly number: number;
  readonly wire: number;
  /** Where its tag begins, where its content begins behind tag and length, where it ends. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
  /** The message its content is, or null for a leaf. */
  readonly kind: MessageKind | null;
  /** Null for a field of the model itself. */
  readonly parent: FieldAt | null;
};
