import type { HashedFile } from '@callable/disk';

/** Bytes named by their sha256, 64 hex digits. */
export type BlobId = string;

/** A half-open range of bytes; without `length` to the end. */
export type ByteRange = { offset: number; length?: number };

/** All that an audit needs of a store, or of whatever stands for one. */
export type BlobReader = Pick<BlobStore, 'read'>;

/**
 * Where files of releases live. Content-addressed: what is stored under a name has that hash, or is not visible.
 * All adapters pass one conformance suite.
 */
export interface BlobStore {
  /**
   * Keeps the bytes of a stream. They become visible all at once, after they were hashed and synced.
   * Throws BlobMismatch when they do not have the name or size given, DiskFull when there is no room; then nothing
   * is left behind. Keeping a blob that is there already reads the stream no further.
   */
  put(id: BlobId, size: number, source: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Takes over a finished file: afterwards its bytes are in the store and the file is gone. A store on the same file
   * system moves it instead of copying. Nobody may write other bytes to the file from now on, not even through a
   * handle opened before. Throws as `put` does, and ENOENT when there is neither file nor blob.
   *
   * `hashed` is what a following hash has found in this very file. A store that moves the file need not read it again;
   * one that copies it hashes what it copies.
   */
  putFile(
    id: BlobId,
    size: number,
    path: string,
    options?: { signal?: AbortSignal; hashed?: HashedFile },
  ): Promise<void>;
  /** The bytes, not checked against the name: whoever relies on them hashes them. Null when there are none. */
  read(id: BlobId, range?: ByteRange, options?: { signal?: AbortSignal }): Promise<AsyncIterable<Uint8Array> | null>;
  stat(id: BlobId): Promise<{ size: number } | null>;
  /** Forgetting what is not there is fine. */
  delete(id: BlobId): Promise<void>;
  /**
   * Forgets a blob whose bytes no longer have its name, so that it can be stored anew; true when it did. The bytes
   * are looked at once more when nobody can replace them: a good blob is never lost, whoever is mistaken.
   */
  discardDamaged(id: BlobId, options?: { signal?: AbortSignal }): Promise<boolean>;
}
