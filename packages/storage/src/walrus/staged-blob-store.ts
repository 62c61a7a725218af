import { rm } from 'node:fs/promises';
import type { BlobId, BlobStore, ByteRange } from '../blob-store.ts';

type Abortable = { signal?: AbortSignal };

/**
 * Takes files in at once, for a store that needs minutes and money for each: they stay on the stage until somebody
 * hands them on, and until whoever did has seen them there. What is on both is read from the store.
 */
export class StagedBlobStore implements BlobStore {
  readonly stage: BlobStore;
  readonly #store: BlobStore;

  constructor(stage: BlobStore, store: BlobStore) {
    this.stage = stage;
    this.#store = store;
  }

  /** Stores what is on the stage; the copy on the stage stays. Throws when there is none and the store has none. */
  async handOn(id: BlobId, size: number, options: Abortable = {}): Promise<void> {
    if (await this.#store.stat(id)) return;
    const bytes = await this.stage.read(id, { offset: 0 }, options);
    if (!bytes) throw new Error(`The bytes of ${id} are not here.`);
    await this.#store.put(id, size, bytes, options);
  }

  async put(id: BlobId, size: number, source: AsyncIterable<Uint8Array>, options: Abortable = {}): Promise<void> {
    if (await this.#store.stat(id)) return;
    await this.stage.put(id, size, source, options);
  }

  async putFile(...[id, size, path, options]: Parameters<BlobStore['putFile']>): Promise<void> {
    if (await this.#store.stat(id)) await rm(path, { force: true });
    else await this.stage.putFile(id, size, path, options);
  }

  async read(id: BlobId, range?: ByteRange, options?: Abortable): Promise<AsyncIterable<Uint8Array> | null> {
    return (await this.#store.read(id, range, options)) ?? (await this.stage.read(id, range, options));
  }

  async stat(id: BlobId): Promise<{ size: number } | null> {
    return (await this.#store.stat(id)) ?? (await this.stage.stat(id));
  }

  async delete(id: BlobId): Promise<void> {
    await this.#store.delete(id);
    await this.stage.delete(id);
  }

  async discardDamaged(id: BlobId, options?: Abortable): Promise<boolean> {
    const [stored, staged] = [
      await this.#store.discardDamaged(id, options),
      await this.stage.discardDamaged(id, options),
    ];
    return stored || staged;
  }
}
