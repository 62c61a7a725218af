import { CallableError } from '@callable/protocol';
import type { HubContext } from '../../context.ts';
import { type Claim, claimOf } from '../claims/list-claims.ts';
import { makeRoom } from './make-room.ts';

type RoomContext = Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config' | 'freeBytes' | 'roomClaims'>;
type Shortage = { message: string; network: string | null; isAwaited: boolean };

/** When whoever waits for room asks again. */
const retryAfterSeconds = 10;

/**
 * Throws unless these bytes of an upload may be written now: beside what older uploads that move have a claim on, beside
 * the spare room, and within what one network may hold. UploadWaits while others are in the way, DiskFull when nobody
 * is. An upload that stood still longest is dropped for one that has the first claim.
 */
export async function checkRoom(ctx: RoomContext, upload: string, bytes: number): Promise<void> {
  for (const fresh of [false, true]) {
    const claims = await ctx.roomClaims.read(ctx, { fresh });
    const shortage = findShortage(claims, { upload, bytes, room: await roomOf(ctx) });
    if (!shortage) return;
    if (!fresh) continue;
    if (shortage.isAwaited && (await makeRoom(ctx, claims, { upload, network: shortage.network }))) return;
    if (!shortage.isAwaited) throw new CallableError('DiskFull', shortage.message);
    throw new CallableError('UploadWaits', shortage.message, { details: { retryAfterSeconds } });
  }
}

/** Bytes that uploads may still take, less than none where the spare room is used up. */
export const roomOf = async (ctx: Pick<HubContext, 'config' | 'freeBytes'>): Promise<number> =>
  (await ctx.freeBytes()) - ctx.config.limits.spareDiskBytes;

/** What one network may hold in bytes that no release names: half of all the room there would be without any. */
export const shareOf = (claims: readonly Claim[], room: number): number =>
  Math.max(0, Math.floor((room + sumOf(claims, ({ held }) => held)) / 2));

export const sumOf = (claims: readonly Claim[], of: (claim: Claim) => number): number =>
  claims.reduce((sum, claim) => sum + of(claim), 0);

function findShortage(
  claims: readonly Claim[],
  { upload, bytes, room }: { upload: string; bytes: number; room: number },
): Shortage | null {
  const own = claims.find(({ id }) => id === upload);
  const before = claims.filter((claim) => claim.id !== upload && claimOf(claim) > 0 && isOlder(claim, own));
  const claimed = sumOf(before, claimOf);
  if (bytes + claimed > room) {
    const isAwaited = claims.some(({ id, held }) => id !== upload && held > 0);
    return {
      network: null,
      isAwaited,
      message: `${Math.max(0, room)} bytes are free for uploads here; older uploads that are arriving have a claim on ${claimed}.`,
    };
  }
  const neighbours = claims.filter(({ id, network }) => id !== upload && network === own?.network);
  const held = sumOf(neighbours, (claim) => claim.held);
  const ahead = sumOf(
    before.filter((claim) => neighbours.includes(claim)),
    claimOf,
  );
  const share = shareOf(claims, room);
  // The only one of its network was looked at when it was announced: it ends, also where the disk has shrunk since.
  if (held + ahead === 0 || (own?.held ?? 0) + held + ahead + bytes <= share) return null;
  return {
    network: own?.network ?? null,
    isAwaited: true,
    message: `Other unpublished uploads from your network hold ${held} bytes and older ones have a claim on ${ahead}; ${share} are for one network.`,
  };
}

/** One that does not move yet comes after all that do. */
function isOlder(claim: Claim, own: Claim | undefined): boolean {
  if (!own || own.recent === 0) return true;
  if (claim.movingSince !== own.movingSince) return claim.movingSince < own.movingSince;
  return claim.id < own.id;
}

/** Throws DiskFull unless these bytes can be written and the spare room stays: the database is on the same disk. */
export async function checkSpare(ctx: Pick<HubContext, 'config' | 'freeBytes'>, bytes: number): Promise<void> {
  const room = await roomOf(ctx);
  if (room < bytes)
    throw new CallableError('DiskFull', `${Math.max(0, room)} bytes are free for uploads here, ${bytes} are needed.`);
}
