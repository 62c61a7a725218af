import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { BlobId, BlobStore, ByteRange } from '../blob-store.ts';
import { checkBlobId } from '../check-blob-id.ts';
import { endOfRange } from '../end-of-range.ts';
import { passVerified } from '../http/pass-verified.ts';
import { readFileBytes } from '../http/read-file-bytes.ts';
import { sliceStream } from '../http/slice-stream.ts';
import { readS3Object } from './read-s3-object.ts';
import { translateS3Error } from './s3-failure.ts';
import { completeSettings, type S3Settings } from './s3-settings.ts';
import { sendS3Request, textOf } from './send-s3-request.ts';
import { uploadInParts } from './upload-in-parts.ts';

type Abortable = { signal?: AbortSignal };

/** Of S3: an object has at most so many parts. */
const maxParts = 10_000;

/**
 * A bucket of an S3-compatible server, objects named by their sha256. A blob is hashed while it is sent and becomes
 * visible by the last request only, which is not made when the hash is wrong. Give the bucket a rule that removes
 * unfinished multipart uploads after a day: a process that is killed cannot.
 */
export class S3BlobStore implements BlobStore {
  readonly #settings: Required<S3Settings>;

  constructor(settings: S3Settings) {
    this.#settings = completeSettings(settings);
  }

  async put(id: BlobId, size: number, source: AsyncIterable<Uint8Array>, options: Abortable = {}): Promise<void> {
    const key = this.#keyOf(id);
    if (await this.#head(key, options)) return;
    const partBytes = Math.max(this.#settings.partBytes, Math.ceil(size / maxParts));
    const slices = sliceStream(passVerified(source, { id, size }, options), partBytes);
    try {
      if (size > partBytes) await uploadInParts(this.#settings, key, slices, options);
      else await this.#putAtOnce(key, slices, options);
    } catch (error) {
      throw translateS3Error(error);
    }
  }

  async putFile(id: BlobId, size: number, path: string, options: Abortable = {}): Promise<void> {
    try {
      await this.put(id, size, readFileBytes(path), options);
    } catch (error) {
      // Another caller took the same file over in between: both have what they wanted.
      const isGone = (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
      if (!(isGone && (await this.stat(id)))) throw error;
    }
    await rm(path, { force: true });
  }

  async read(
    id: BlobId,
    range: ByteRange = { offset: 0 },
    options: Abortable = {},
  ): Promise<AsyncIterable<Uint8Array> | null> {
    const key = this.#keyOf(id);
    const found = await this.#head(key, options);
    if (!found) return null;
    const end = endOfRange(range, found.size);
    return readS3Object(this.#settings, key, { start: range.offset, end }, options);
  }

  async stat(id: BlobId): Promise<{ size: number } | null> {
    const found = await this.#head(this.#keyOf(id), {});
    return found && { size: found.size };
  }

  async delete(id: BlobId): Promise<void> {
    await this.#remove(this.#keyOf(id), {});
  }

  async discardDamaged(id: BlobId, options: Abortable = {}): Promise<boolean> {
    const key = this.#keyOf(id);
    const before = await this.#head(key, options);
    if (!before) return false;
    const hash = createHash('sha256');
    for await (const piece of readS3Object(this.#settings, key, { start: 0, end: before.size }, options))
      hash.update(piece);
    if (hash.digest('hex') === id) return false;
    // Nothing is ever written over an object that stands, so another tag means it was discarded and stored anew.
    const after = await this.#head(key, options);
    if (after?.tag !== before.tag) return false;
    await this.#remove(key, options);
    return true;
  }

  async #putAtOnce(key: string, slices: AsyncIterable<Buffer>, options: Abortable): Promise<void> {
    for await (const body of slices) {
      const response = await sendS3Request(this.#settings, { method: 'PUT', key, body, accept: [200] }, options);
      await textOf(this.#settings, response);
    }
  }

  async #head(key: string, options: Abortable): Promise<{ size: number; tag: string | null } | null> {
    const response = await sendS3Request(this.#settings, { method: 'HEAD', key, accept: [200, 404] }, options);
    if (response.status === 404) return null;
    return { size: Number(response.headers.get('content-length')), tag: response.headers.get('etag') };
  }

  async #remove(key: string, options: Abortable): Promise<void> {
    const response = await sendS3Request(this.#settings, { method: 'DELETE', key, accept: [200, 204, 404] }, options);
    await textOf(this.#settings, response);
  }

  #keyOf(id: BlobId): string {
    checkBlobId(id);
    return `${this.#settings.prefix}${id.slice(0, 2)}/${id}`;
  }
}
