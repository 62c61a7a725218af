/** What decoding a file may take of us, each with the reason for its size. */
export const limits = {
  /** The runtime's protobuf gives up at 100 nested messages (measured: 30 nested Ifs load, 90 do not). */
  messageDepth: 100,
  /** Protobuf fields read one by one: bounds our own time. Big tree ensembles have some millions. */
  fields: 40_000_000,
  /** Names of inputs, outputs, operators, axes: shown to people and kept in memory. */
  nameBytes: 4096,
  /** Names and messages held at once, as estimated while decoding: bounds our own memory. 250 000 nodes need 60 MB. */
  keptBytes: 256 * 2 ** 20,
  /** What a message costs in objects however short it is: two bytes of file can make one. */
  messageBytes: 150,
  /** Packed varints are counted byte by byte; beyond this many bytes only bounds are checked. */
  countedBytes: 64 * 2 ** 20,
} as const;
