import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HubContext } from '../context.ts';
import { partialPath } from './partial-path.ts';

/** Drops uploads that nobody has touched for long, with their bytes. */
export async function expireUploads(ctx: Pick<HubContext, 'db' | 'clock' | 'config'>): Promise<number> {
  const expired = await ctx.db.deleteFrom('upload').where('expires_at', '<', ctx.clock()).returning('id').execute();
  for (const { id } of expired)
    await rm(dirname(partialPath(ctx, id, '0'.repeat(64))), { recursive: true, force: true });
  return expired.length;
}
