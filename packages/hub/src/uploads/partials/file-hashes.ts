import { type FollowingHash, type HashedFile, openFollowingHash } from '@callable/disk';
import { chunkBytes } from '@callable/protocol';
import type { Kysely } from 'kysely';
import type { HubConfig } from '../../config/hub-config.ts';
import type { Schema } from '../../db/schema.ts';
import type { AnnouncedChunk } from './announced-chunk.ts';
import { partialPath } from './partial-path.ts';

/** Below this a file is hashed when it is complete: a thread takes longer to start. */
const followedBytes = 8 * chunkBytes;
/** Threads side by side; files beyond are hashed when they are complete. */
const most = 2;
/** Nobody sends any more; what was hashed so far is hashed anew if somebody comes back. */
const idleMs = 60_000;

type FollowingParts = { db: Kysely<Schema>; config: Pick<HubConfig, 'dataDir'>; clock: () => number };

type Followed = {
  hash: FollowingHash;
  arrived: Set<number>;
  lastAt: number;
  result: Promise<HashedFile> | null;
};

/** The files of uploads that are hashed in threads while their chunks arrive, so that joining them waits for little. */
export class FileHashes implements AsyncDisposable {
  readonly #files = new Map<string, Promise<Followed | null>>();
  #isClosed = false;

  /** A chunk has been counted. Never throws: hashing when all is here does as well. */
  async follow(ctx: FollowingParts, chunk: AnnouncedChunk): Promise<void> {
    if (chunk.fileSize < followedBytes) return;
    const key = keyOf(chunk.upload, chunk.file);
    if (!this.#files.has(key)) {
      await this.#forgetIdle(ctx.clock());
      if (this.#isClosed || this.#files.size >= most || this.#files.has(key)) return;
      this.#files.set(
        key,
        startFollowing(ctx, chunk).catch(() => null),
      );
    }
    const followed = await this.#files.get(key);
    if (!followed || followed.result) return;
    followed.lastAt = ctx.clock();
    followed.arrived.add(chunk.index);
    followed.hash.follow();
  }

  /** What the whole file was found to be; null when nobody followed it. Asked again it answers the same. */
  async finish(upload: string, file: { sha256: string; size: number }): Promise<HashedFile | null> {
    const followed = await this.#files.get(keyOf(upload, file.sha256));
    if (!followed) return null;
    followed.result ??= followed.hash.finish();
    return followed.result.catch(() => null);
  }

  async forget(upload: string, file: string): Promise<void> {
    const key = keyOf(upload, file);
    const followed = this.#files.get(key);
    this.#files.delete(key);
    await (await followed)?.hash[Symbol.asyncDispose]();
  }

  async #forgetIdle(now: number): Promise<void> {
    for (const [key, opening] of [...this.#files]) {
      const followed = await opening;
      if (followed && now - followed.lastAt < idleMs) continue;
      if (this.#files.get(key) !== opening) continue;
      this.#files.delete(key);
      await followed?.hash[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A chunk that counts from now on would begin a thread that nobody ends.
    this.#isClosed = true;
    await this.#forgetIdle(Number.POSITIVE_INFINITY);
  }
}

const keyOf = (upload: string, file: string) => `${upload} ${file}`;

/** Chunks that arrived before, in another run or another process, are read from disk with the rest. */
async function startFollowing(ctx: FollowingParts, { upload, file, fileSize }: AnnouncedChunk): Promise<Followed> {
  const rows = await ctx.db
    .selectFrom('upload_chunk')
    .select('index')
    .where('upload', '=', upload)
    .where('file', '=', file)
    .execute();
  const arrived = new Set(rows.map((row) => row.index));
  const hash = await openFollowingHash(partialPath(ctx, upload, file), fileSize, arrived);
  return { hash, arrived, lastAt: ctx.clock(), result: null };
}
