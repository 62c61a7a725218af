import { type Address, CallableError } from '@callable/protocol';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { HubContext } from '../../context.ts';
import type { Schema } from '../../db/schema.ts';
import { lapseMs, listClaims } from '../claims/list-claims.ts';
import { roomOf, shareOf, sumOf } from './check-room.ts';

/** Uploads that are open at the same time: an announcement is up to 4 MB of hashes in the database. */
export const openUploads = { ofKey: 100, ofNetwork: 1000 };

type Upload = { id: string; owner: Address; network: string };

/**
 * Throws when this upload can never fit (DiskFull, QuotaExceeded), or when its key or network has as many open as it may
 * (UploadWaits). It reserves nothing: that is done as bytes arrive. The caller has entered it and keeps others from
 * being entered meanwhile.
 */
export async function boundAnnouncement(
  ctx: Pick<HubContext, 'clock' | 'config' | 'freeBytes'>,
  tx: Transaction<Schema>,
  upload: Upload,
): Promise<void> {
  await boundNumber(ctx, tx, sql`upload.owner = ${upload.owner}`, openUploads.ofKey, 'This key');
  await boundNumber(ctx, tx, sql`upload.network = ${upload.network}`, openUploads.ofNetwork, 'Your network');
  const claims = await listClaims({ db: tx, clock: ctx.clock });
  const own = claims.find(({ id }) => id === upload.id);
  checkQuota(
    ctx,
    sumOf(
      claims.filter(({ owner }) => owner === upload.owner),
      ({ held, lacking }) => held + lacking,
    ),
  );
  if (!own || own.lacking === 0) return;
  const room = await roomOf(ctx);
  const others = sumOf(claims, ({ held }) => held) - own.held;
  if (own.lacking > room + others)
    throw new CallableError(
      'DiskFull',
      `The upload needs ${own.lacking} bytes; ${Math.max(0, room)} are free for uploads here, and ${others} are in other uploads.`,
    );
  const share = shareOf(claims, room);
  if (own.held + own.lacking > share)
    throw new CallableError(
      'QuotaExceeded',
      `The upload is ${own.held + own.lacking} bytes; ${share} of those that are free here are for one network.`,
    );
}

/** A promise without bytes lapses after a minute: it goes when somebody of the same key or network needs its place. */
async function boundNumber(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  of: RawBuilder<unknown>,
  most: number,
  who: string,
): Promise<void> {
  const isOpen = sql`exists (
    select 1 from upload_file as file where file.upload = upload.id
      and (not file.stored or not exists (select 1 from release_file where release_file.sha256 = file.sha256))
  )`;
  const count = async () => {
    const { rows } = await sql<{ open: number }>`
      select count(*)::integer as open from upload where ${of} and ${isOpen}`.execute(tx);
    return rows[0]?.open ?? 0;
  };
  if ((await count()) <= most) return;
  await sql`
    delete from upload where ${of} and moved_at = 0 and created_at < ${ctx.clock() - lapseMs}
      and not exists (select 1 from upload_file where upload_file.upload = upload.id and upload_file.stored)`.execute(
    tx,
  );
  const open = await count();
  if (open <= most) return;
  throw new CallableError(
    'UploadWaits',
    `${who} would have ${open} open uploads; ${most} are allowed at the same time.`,
    {
      details: { retryAfterSeconds: lapseMs / 1000 },
    },
  );
}

function checkQuota(ctx: Pick<HubContext, 'config'>, bytes: number): void {
  const { openUploadBytes } = ctx.config.limits;
  if (bytes > openUploadBytes)
    throw new CallableError(
      'QuotaExceeded',
      `This key would have ${bytes} bytes in unpublished uploads; ${openUploadBytes} are allowed.`,
    );
}
