import type { Manifest } from '@callable/protocol';

/** A manifest and the bytes of its files, in its order. */
export type Release = { manifest: Manifest; files: readonly Uint8Array[] };

/** What a test says of a release; names need no cast. */
export type ReleaseFields = Partial<Omit<Manifest, Words>> & { [Word in Words]?: string };
type Words = 'publisher' | 'name' | 'version' | 'format';
