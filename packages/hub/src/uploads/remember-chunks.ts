import type { Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';
import { type AnnouncedFile, announcedChunks } from './view-upload.ts';

const rowsAtOnce = 1000;

/** Notes where the chunks of a stored file are, so that no other upload has to send them. */
export async function rememberChunks(tx: Transaction<Schema>, file: AnnouncedFile): Promise<void> {
  const rows = [...new Map(announcedChunks(file).map((chunk) => [chunk.sha256, chunk])).values()];
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    await tx
      .insertInto('stored_chunk')
      .values(rows.slice(at, at + rowsAtOnce))
      // The newest place: an older one may have been damaged since.
      .onConflict((conflict) =>
        conflict
          .column('sha256')
          .doUpdateSet((row) => ({ file: row.ref('excluded.file'), index: row.ref('excluded.index') })),
      )
      .execute();
  }
}
