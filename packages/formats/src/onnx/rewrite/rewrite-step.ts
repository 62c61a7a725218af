import type { ByteSource } from '../../bytes-source.ts';
import type { Rewrite, RewriteOptions } from '../../format.ts';

/**
 * One kind of change. Null where there is nothing to change, also where the bytes are no model: the inspection says what
 * is wrong with them.
 */
export type RewriteStep = (source: ByteSource, options: RewriteOptions) => Promise<Rewritten | null>;

export type Rewritten = {
  /** The model as this step leaves it: `editSource` makes one of a few edits. */
  readonly source: ByteSource;
  /** One sentence for the publisher: what changed, and why. */
  readonly notice: string;
  /** Where a written file is not what this step meant, in a few words, or null. Only for the last step. */
  readonly compare?: Rewrite['compare'];
  /** Labels found inside, by output. */
  readonly labels?: ReadonlyMap<string, string[]>;
  /** Values by input that are taken where a caller gives none, as plain JSON. */
  readonly defaults?: ReadonlyMap<string, unknown>;
};
