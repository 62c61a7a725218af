import { type BlobId, type WalrusEntry, type WalrusIndex, walrusPartBytes } from '@callable/storage';
import type { Kysely } from 'kysely';
import { readJson, toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { savePart } from '../files/save-part.ts';

/**
 * Which Walrus blobs the files of a hub consist of, for all hub processes on one database. It is asked from within
 * transactions, so its connections must be its own: of a shared pool, all could be held by those who wait for it.
 */
export class PostgresWalrusIndex implements WalrusIndex {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async find(id: BlobId): Promise<WalrusEntry | null> {
    const row = await this.#db
      .selectFrom('walrus_file')
      .select(['size', 'chunks', 'parts'])
      .where('sha256', '=', id)
      .executeTakeFirst();
    return row ? { size: row.size, chunks: readJson(row.chunks), parts: readJson(row.parts) } : null;
  }

  async save(id: BlobId, entry: WalrusEntry): Promise<void> {
    const ends = entry.parts.map((part) => part.endEpoch);
    const row = {
      size: entry.size,
      chunks: toJsonText(entry.chunks),
      parts: toJsonText(entry.parts),
      end_epoch: ends.includes(null) ? null : Math.min(...ends.map(Number)),
    };
    await this.#db.transaction().execute(async (tx) => {
      await tx
        .insertInto('walrus_file')
        .values({ sha256: id, ...row })
        .onConflict((conflict) => conflict.column('sha256').doUpdateSet(row))
        .execute();
      // The IDs everybody gives these bytes, so nobody has to compute them once more.
      for (const part of usualParts(entry)) await savePart(tx, { sha256: id, ...part });
    });
  }

  async remove(id: BlobId): Promise<void> {
    await this.#db.deleteFrom('walrus_file').where('sha256', '=', id).execute();
  }
}

/** The parts, when the file is cut as it is everywhere; none when this hub cuts it otherwise. */
function usualParts(entry: WalrusEntry): { offset: number; size: number; blobId: string }[] {
  const parts = entry.parts.map(({ blobId, size }, index) => ({ offset: index * walrusPartBytes, size, blobId }));
  const isUsual = parts.every((part) => part.size === Math.min(walrusPartBytes, entry.size - part.offset));
  return isUsual ? parts : [];
}
