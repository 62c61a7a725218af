import { type Address, chunkBytes } from '@callable/protocol';
import { type Kysely, sql } from 'kysely';
import type { Schema } from '../../db/schema.ts';

export type ClaimParts = { db: Kysely<Schema>; clock: () => number };

/** An upload whose bytes no release names, as it counts for the room. All sizes in bytes, times in milliseconds. */
export type Claim = {
  id: string;
  owner: Address;
  network: string;
  movingSince: number;
  movedAt: number;
  /** Not here yet. */
  lacking: number;
  /** On the disk, named by no release. */
  held: number;
  /** Arrived within the last minute. */
  recent: number;
};

/** Whoever has sent nothing for so long has no claim. */
export const lapseMs = 60_000;
/** A claim is what would come in this time at the pace of the last minute: a trickle holds no more than it can fill. */
const aheadMs = 3600_000;

/** What is kept free for this upload before others that began later. Nothing without bytes: a promise costs nothing. */
export const claimOf = ({ lacking, recent }: Claim): number => Math.min(lacking, recent * (aheadMs / lapseMs));

export async function listClaims(ctx: ClaimParts): Promise<Claim[]> {
  const { rows } = await sql<Claim>`
    select upload.id, upload.owner, upload.network, upload.moving_since as "movingSince",
      upload.moved_at as "movedAt",
      sum(case when file.stored then 0 else greatest(0, file.size - arrived.bytes) end)::float8 as lacking,
      sum(case when not file.stored then arrived.bytes
        when exists (select 1 from release_file where release_file.sha256 = file.sha256) then 0
        else file.size end)::float8 as held,
      sum(arrived.recent)::float8 as recent
    from upload join upload_file as file on file.upload = upload.id
    cross join lateral (
      select coalesce(sum(chunk.bytes), 0) as bytes,
        coalesce(sum(chunk.bytes) filter (where arrived_at > ${ctx.clock() - lapseMs}), 0) as recent
      from (
        select arrived_at, least(${chunkBytes}, file.size - index * ${chunkBytes}::bigint) as bytes
        from (
          select file, index, arrived_at from upload_chunk where upload_chunk.upload = upload.id
          -- On the disk, but no reason to keep room for more: a byte would count as four million.
          union all select file, index, 0 from upload_piece where upload_piece.upload = upload.id
        ) as here where here.file = file.sha256
      ) as chunk
    ) as arrived
    group by upload.id`.execute(ctx.db);
  return rows.filter(({ held, lacking }) => held + lacking > 0);
}
