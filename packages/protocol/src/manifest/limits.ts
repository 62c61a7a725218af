/** Bounds on what a publisher may write. Each is far above honest use and far below what hurts a reader. */
export const manifestLimits = {
  /** Canonical JSON of a whole manifest, bytes. Larger vectors are files of the release. */
  bytes: 512 * 1024,
  files: 256,
  /** Inputs, and outputs: as many as the inspection of a model takes. A decoder of 80 layers has 322. */
  tensors: 1024,
  /** Characters of the name of an input or output. */
  tensorName: 256,
  /** Characters of the name of an axis. */
  axisName: 80,
  rank: 16,
  vectors: 16,
  /** Of one output. */
  labels: 10_000,
  /** Class names out of a database are sentences. */
  labelCharacters: 1000,
  /** A vector above this many bytes of JSON is kept as a file, so that lists and pages stay light. */
  inlineVectorBytes: 64 * 1024,
  /** 1 TiB: beyond any model one machine serves; keeps sums exact in doubles. */
  fileBytes: 2 ** 40,
} as const;

/** Files are hashed, sent and repaired in pieces of 4 MiB. */
export const chunkBytes = 4 * 1024 * 1024;

/** The body of a call, bytes: what a gateway takes unless its operator says otherwise. */
export const callBodyBytes: number = 32 * 1024 * 1024;
