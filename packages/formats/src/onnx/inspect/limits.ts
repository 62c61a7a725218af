/** What an inspected model may ask of us and of the runtime, each with the reason for its size. */
export const limits = {
  /** Protobuf refuses messages of 2 GiB and more; larger weights belong in external data files. */
  fileBytes: 2 ** 31 - 1,
  /** Subgraphs inside subgraphs. Exported speech and detection models use 2 or 3; each level costs the loader a pass. */
  graphDepth: 16,
  /** All graphs and functions together. The runtime takes 15 to 30 s, without a way to stop it, for 200 000 nodes. */
  nodes: 250_000,
  /** Tensors and sparse tensors anywhere. */
  tensors: 250_000,
  /** Inputs, and outputs, of the model: a caller has to name each of them. */
  signature: 1024,
  /** Inputs and outputs of one node. */
  nodeValues: 100_000,
  /** Axes of a tensor. NumPy stops at 64; the widest real model seen has 8. */
  rank: 64,
  /** Model-local functions. */
  functions: 10_000,
  /** Nodes after all function calls are expanded, which a load does. */
  expandedNodes: 250_000,
  /** Functions calling functions. Each level costs the loader a pass. */
  callDepth: 64,
  /** Bytes that constants in the graph make the runtime allocate beyond the bytes that were uploaded. */
  generatedBytes: 4 * 2 ** 30,
  /** A Loop that runs this often without a condition is taken for endless. */
  loopTrips: 1_000_000_000,
  /** Findings kept in a verdict; the rest is counted. */
  findings: 64,
} as const;

/** Tests lower some, so that a model beyond a limit is small. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
