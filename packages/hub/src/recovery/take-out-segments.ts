import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transaction } from 'kysely';
import { writeSegment } from '../calls/intake/segment-files.ts';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';

/**
 * Puts the segments of statements that give way back to where segments wait for one: the file of their statement is soon that
 * of another. What is not there any more is lost to the database too.
 */
export async function takeOutSegments(
  ctx: Pick<HubContext, 'tlog'>,
  tx: Transaction<Schema>,
  seqs: readonly number[],
): Promise<void> {
  if (seqs.length === 0) return;
  const rows = await tx.selectFrom('segment').selectAll().where('batch', 'in', seqs).execute();
  for (const { id, file, offset, length } of rows) {
    const whole = file === null ? null : await readFile(join(ctx.tlog.directory, file)).catch(() => null);
    const bytes = whole && whole.length >= offset + length ? whole.subarray(offset, offset + length) : null;
    const sha256 = bytes && createHash('sha256').update(bytes).digest('hex');
    const waiting = bytes && sha256 ? await writeSegment(ctx, sha256, bytes) : null;
    const filed = sha256 === null || sha256 === id ? null : sha256;
    await tx
      .updateTable('segment')
      .set({ batch: null, file: waiting, filed, offset: 0 })
      .where('id', '=', id)
      .execute();
  }
}
