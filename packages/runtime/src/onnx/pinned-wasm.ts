/**
 * The wasm build of the runtime by which disputes are settled: its answers were the same bytes on every machine it was
 * tried on. Another version may answer otherwise (1.22 did), so version and bytes are fixed; whoever changes them starts
 * a new policy epoch.
 */
export const pinnedWasm = {
  version: '1.30.0',
  sha256: '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
  /** The most memory a model may take in it, bytes; smaller nodes give less. What does not fit has no canonical answer. */
  memoryBytes: 2 * 1024 ** 3,
} as const;
