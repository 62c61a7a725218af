import type { Datatype } from '../datatype.ts';

/** What a model's own bytes say about it, whatever its format. The publisher wrote all of it: show names as text only. */
export type ModelSummary = {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** A lower bound of the memory one loaded replica needs, bytes. */
  readonly memoryBytes: number;
  readonly findings: readonly ModelFinding[];
  readonly flags: {
    /** Whether the same input gives the same answer on every machine; what does not cannot be audited. */
    readonly reproducible: boolean;
    /** Whether it draws at random: not even two runs on one build have to agree, so nothing about it convicts anybody. */
    readonly random: boolean;
    /** Whether decision trees see numbers of the caller: a missing value (NaN) goes down a branch of its own there. */
    readonly trees: boolean;
  };
  /** What the manifest says under `needs` beside the memory. */
  readonly needs: Readonly<Record<string, unknown>>;
  /** Other files of the release the model reads, relative to its own folder. */
  readonly companions: readonly string[];
  /** A few words for people, such as `opset 17`. */
  readonly kind: string;
};

/** An input or an output. */
export type ModelValue = {
  readonly name: string;
  /** Null for what no call can carry. */
  readonly datatype: Datatype | null;
  /** The type in the format's own words. */
  readonly type: string;
  /** -1 for an open axis. Empty where the rank is unknown. */
  readonly shape: readonly number[];
  readonly rankKnown: boolean;
  /** Per axis the name the model gives it, or null. */
  readonly axes?: readonly (string | null)[];
};

/** What an inspection noticed, or why it refuses. */
export type ModelFinding = {
  readonly code: string;
  readonly severity: 'refuse' | 'warn';
  /** One sentence: what is wrong and what to do about it. */
  readonly message: string;
  /** Where in the model; empty where it is about the whole file. */
  readonly place: string;
};
