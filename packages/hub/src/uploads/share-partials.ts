import { link, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskError, syncDirectory } from '@callable/disk';
import type { Address } from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { partialPath } from './partials/partial-path.ts';

type Half = { upload: string; file: string };

/**
 * Gives an upload what has arrived of its files in another open upload of the same key: whoever was interrupted and
 * then changed one file of a folder sends the others no further than they have to.
 *
 * Both uploads name the same file on disk from then on. That is safe, because only bytes whose hash was found right are
 * ever written to it, at their place, and the two announced the same hashes.
 */
export async function sharePartials(
  ctx: Pick<HubContext, 'db' | 'config'>,
  { id, owner }: { id: string; owner: Address },
): Promise<void> {
  for (const half of await findHalves(ctx, id, owner)) {
    if (!(await linkPartial(ctx, id, half))) continue;
    await sql`
      insert into upload_chunk (upload, file, index)
      select ${id}, file, index from upload_chunk where upload = ${half.upload} and file = ${half.file}
      on conflict do nothing`.execute(ctx.db);
  }
}

/** Of each file of which nothing has arrived here, the other upload in which most of it has. */
async function findHalves(ctx: Pick<HubContext, 'db'>, id: string, owner: Address): Promise<Half[]> {
  const found = await sql<Half>`
    select distinct on (mine.sha256) other.upload, mine.sha256 as file
    from upload_file mine
    join upload_file other on other.sha256 = mine.sha256 and other.upload <> mine.upload
      and other.size = mine.size and other.chunks = mine.chunks
    join upload on upload.id = other.upload and upload.owner = ${owner}
    join lateral (
      select count(*) as chunks from upload_chunk where upload = other.upload and file = mine.sha256
    ) arrived on arrived.chunks > 0
    where mine.upload = ${id} and not mine.stored
      and not exists (select 1 from upload_chunk where upload = ${id} and file = mine.sha256)
    order by mine.sha256, arrived.chunks desc`.execute(ctx.db);
  return found.rows;
}

/** False when the bytes are not there any more, or bytes of its own came in between. */
async function linkPartial(ctx: Pick<HubContext, 'config'>, id: string, { upload, file }: Half): Promise<boolean> {
  const path = partialPath(ctx, id, file);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await link(partialPath(ctx, upload, file), path);
    // Chunks are counted only when the name of the file they are in lasts as well.
    await syncDirectory(dirname(path));
    await syncDirectory(dirname(dirname(path)));
    return true;
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'EEXIST', 'EPERM', 'EMLINK', 'ENOTSUP')) return false;
    throw error;
  }
}
