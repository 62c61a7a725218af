import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, translateDiskError } from '@callable/disk';
import { chunkBytes } from '@callable/protocol';
import type { BlobId, BlobStore, ByteRange } from '../blob-store.ts';
import { checkBlobId } from '../check-blob-id.ts';
import { endOfRange } from '../end-of-range.ts';
import { readFileBytes } from '../http/read-file-bytes.ts';
import { checkHashed } from '../local/check-hashed.ts';
import { hashBlobFile } from '../local/hash-blob-file.ts';
import { sweepIncoming } from '../local/sweep-incoming.ts';
import { writeVerified } from '../local/write-verified.ts';
import { isMismatch } from '../storage-error.ts';
import { AggregatorStanding } from './aggregators/aggregator-standing.ts';
import { NotOnAggregator } from './aggregators/fetch-chunk.ts';
import { raceAggregators } from './aggregators/race-aggregators.ts';
import { chunkOf } from './chunk-of.ts';
import { type Expiry, expiryOf } from './expiry-of.ts';
import { hashChunks } from './hash-chunks.ts';
import type { WalrusEntry } from './index/walrus-index.ts';
import type { Sighting, Unsettled } from './publisher/store-part.ts';
import { storeParts } from './publisher/store-parts.ts';
import { readChunks } from './read-chunks.ts';
import {
  type CompleteWalrusSettings,
  completeWalrusSettings,
  type WalrusSettings,
} from './settings/walrus-settings.ts';
import { Turns } from './turns.ts';

type Abortable = { signal?: AbortSignal };

export type Renewal = {
  renewed: BlobId[];
  /** Still kept as long as before; renewing these again is harmless. */
  failed: { id: BlobId; cause: unknown }[];
};

/**
 * Files on Walrus, through a publisher and any aggregators. Neither is trusted: what is put is named by blob IDs
 * computed here, what is read is checked 4 MiB at a time before a byte of it is passed on. Files are kept for the
 * epochs that were paid; `expiry` and `renew` are for whoever wants them longer.
 */
export class WalrusBlobStore implements BlobStore {
  readonly #settings: CompleteWalrusSettings;
  readonly #standing: AggregatorStanding;
  readonly #turns = new Turns();
  readonly #unsettled: Unsettled = new Map();
  #swept: Promise<void> | null = null;

  constructor(settings: WalrusSettings) {
    this.#settings = completeWalrusSettings(settings);
    this.#standing = new AggregatorStanding(settings.aggregators, this.#settings.clock);
  }

  async put(id: BlobId, size: number, source: AsyncIterable<Uint8Array>, options: Abortable = {}): Promise<void> {
    checkBlobId(id);
    await this.#turns.take(id, async () => {
      if (await this.#find(id)) return;
      await this.#inSpool(id, async (path) => {
        await writeVerified(path, { id, size }, source, options);
        await this.#storeFile(id, size, path, options);
      });
    });
  }

  async putFile(id: BlobId, size: number, path: string, options: Abortable = {}): Promise<void> {
    checkBlobId(id);
    await this.#turns.take(id, async () => {
      if (!(await this.#find(id))) {
        checkHashed(await hashBlobFile(path, options.signal), { id, size });
        await this.#storeFile(id, size, path, options);
      }
      await rm(path, { force: true });
    });
  }

  async read(
    id: BlobId,
    range: ByteRange = { offset: 0 },
    options: Abortable = {},
  ): Promise<AsyncIterable<Uint8Array> | null> {
    checkBlobId(id);
    const entry = await this.#find(id);
    if (!entry) return null;
    const end = endOfRange(range, entry.size);
    return readChunks(entry, { start: range.offset, end }, (index) => this.#fetchChunk(entry, index, options));
  }

  async stat(id: BlobId): Promise<{ size: number } | null> {
    checkBlobId(id);
    const entry = await this.#find(id);
    return entry && { size: entry.size };
  }

  /** Walrus keeps the bytes as long as they were paid for; they are only no longer found by this name. */
  async delete(id: BlobId): Promise<void> {
    checkBlobId(id);
    await this.#settings.index.remove(id);
  }

  async discardDamaged(id: BlobId, options: Abortable = {}): Promise<boolean> {
    checkBlobId(id);
    const entry = await this.#find(id);
    if (!entry) return false;
    try {
      for (let index = 0; index < chunkCount(entry); index++) await this.#fetchChunk(entry, index, options);
      return false;
    } catch (error) {
      // Only when every aggregator sent wrong bytes. That none answers today is no damage.
      if (!isMismatch(error)) throw error;
      await this.#settings.index.remove(id);
      return true;
    }
  }

  /** Until when these files are kept, of each the part that ends first. What is not there is missing from the answer. */
  async expiry(ids: readonly BlobId[]): Promise<Expiry[]> {
    const found = await Promise.all(ids.map(async (id) => ({ id, entry: await this.#settings.index.find(id) })));
    const now = this.#settings.currentEpoch();
    return found.flatMap(({ id, entry }) => (entry ? [{ id, ...expiryOf(entry, now) }] : []));
  }

  /**
   * Keeps all these files, those of a release, for so many epochs from now. Each is read back through the aggregators
   * and stored once more, which is how a publisher is told to extend; what is kept long enough already costs nothing.
   */
  async renew(ids: readonly BlobId[], epochs: number, options: Abortable = {}): Promise<Renewal> {
    const renewal: Renewal = { renewed: [], failed: [] };
    const until = this.#settings.currentEpoch() + epochs;
    for (const id of new Set(ids)) {
      try {
        await this.#turns.take(id, () => this.#renewOne(id, until, epochs, options));
        renewal.renewed.push(id);
      } catch (cause) {
        options.signal?.throwIfAborted();
        renewal.failed.push({ id, cause });
      }
    }
    return renewal;
  }

  async #renewOne(id: BlobId, until: number, epochs: number, options: Abortable): Promise<void> {
    checkBlobId(id);
    const entry = await this.#settings.index.find(id);
    if (!entry) throw new Error(`${id} is not on Walrus.`);
    if (entry.parts.every((part) => part.endEpoch !== null && part.endEpoch >= until)) return;
    await this.#inSpool(id, async (path) => {
      const whole = { start: 0, end: entry.size };
      const bytes = readChunks(entry, whole, (index) => this.#fetchChunk(entry, index, options));
      await writeVerified(path, { id, size: entry.size }, bytes, options);
      const parts = await storeParts(this.#settings, entry, path, { ...this.#storing(options), epochs, until });
      await this.#settings.index.save(id, { ...entry, parts });
    });
  }

  async #storeFile(id: BlobId, size: number, path: string, options: Abortable): Promise<void> {
    const { identify, index, partBytes, epochs } = this.#settings;
    const chunks = await hashChunks(readFileBytes(path, options));
    const parts = await identify(readFileBytes(path, options), size, { partBytes, ...options });
    const entry = { size, chunks, parts: parts.map((part) => ({ ...part, endEpoch: null })) };
    const stored = await storeParts(this.#settings, entry, path, { ...this.#storing(options), epochs });
    await index.save(id, { ...entry, parts: stored });
  }

  #storing(options: Abortable) {
    return {
      ...options,
      unsettled: this.#unsettled,
      look: (entry: WalrusEntry, chunk: number) => this.#look(entry, chunk, options),
    };
  }

  /** One lying aggregator can cost a second payment, none can withhold: one that says it has it not is enough. */
  async #look(entry: WalrusEntry, chunk: number, options: Abortable): Promise<Sighting> {
    try {
      await this.#fetchChunk(entry, chunk, options);
      return 'there';
    } catch (error) {
      options.signal?.throwIfAborted();
      const isAbsent = error instanceof AggregateError && error.errors.some((one) => one instanceof NotOnAggregator);
      return isAbsent ? 'absent' : 'unsure';
    }
  }

  #fetchChunk(entry: WalrusEntry, index: number, options: Abortable): Promise<Uint8Array> {
    return raceAggregators(this.#settings, this.#standing, chunkOf(entry, index), options);
  }

  /** What is expired is not there: nobody has to keep it any more. */
  async #find(id: BlobId): Promise<WalrusEntry | null> {
    const entry = await this.#settings.index.find(id);
    if (!entry) return null;
    const { endEpoch } = expiryOf(entry, 0);
    return endEpoch !== null && endEpoch <= this.#settings.currentEpoch() ? null : entry;
  }

  /** Runs with the name of a file that is gone afterwards, however it ends. */
  async #inSpool(id: BlobId, work: (path: string) => Promise<void>): Promise<void> {
    const { spoolDirectory } = this.#settings;
    const path = join(spoolDirectory, `${id}.${randomUUID()}`);
    try {
      await makeDirectory(spoolDirectory);
      this.#swept ??= sweepIncoming(spoolDirectory, Date.now());
      await this.#swept;
      await work(path);
    } catch (error) {
      throw translateDiskError(error);
    } finally {
      await rm(path, { force: true });
    }
  }
}

const chunkCount = (entry: WalrusEntry) => Math.max(1, Math.ceil(entry.size / chunkBytes));
