import { createReadStream } from 'node:fs';
import { computeBlobIds, verifyBlob } from '@callable/storage';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { lockFile } from '../files/lock-file.ts';
import { savePart } from '../files/save-part.ts';
import { checkRoom } from './check-room.ts';
import { encodedBytes } from './encoded-bytes.ts';
import { epochAt } from './epoch-at.ts';
import type { StoreQuery } from './parse-store-query.ts';
import { type ReceivedBlob, receiveBlob } from './receive-blob.ts';

type Ctx = Pick<HubContext, 'db' | 'blobs' | 'clock' | 'config' | 'random' | 'freeBytes'>;
/** Where a body comes from, and its length when it was announced. */
export type Sender = { name: string; announcedBytes: number };
type Certified = { id: string; blobId: string; size: number; registered: number; end: number; deletable: boolean };

/**
 * `PUT /v1/blobs`: keeps some bytes for some epochs and answers as a Walrus publisher does. The same bytes for no
 * longer than they are kept anyway cost nothing.
 */
export async function storeWalrusBlob(
  ctx: Ctx,
  body: AsyncIterable<Uint8Array>,
  query: StoreQuery,
  sender: Sender,
  signal: AbortSignal,
): Promise<object> {
  await checkRoom(ctx, sender.name, sender.announcedBytes);
  await using received = await receiveBlob(ctx, body);
  // The length of a body that was sent in pieces is known only now.
  if (received.size > sender.announcedBytes) await checkRoom(ctx, sender.name, received.size);
  const blobId = await blobIdOf(ctx, received, signal);
  const outcome = await ctx.db.transaction().execute(async (tx) => {
    await lockFile(tx, received.sha256);
    await keepBytes(ctx, received, signal);
    await savePart(tx, { sha256: received.sha256, offset: 0, size: received.size, blobId });
    return certify(ctx, tx, { ...received, blobId, sender: sender.name }, query);
  });
  return outcome.created ? createdAnswer(ctx, outcome.certified) : knownAnswer(outcome.certified);
}

async function blobIdOf(ctx: Ctx, received: ReceivedBlob, signal: AbortSignal): Promise<string> {
  const known = await ctx.db
    .selectFrom('walrus_part')
    .select('blob_id')
    .where('sha256', '=', received.sha256)
    .where('offset', '=', 0)
    .where('size', '=', received.size)
    .executeTakeFirst();
  if (known) return known.blob_id;
  const { shards } = ctx.config.walrusApi;
  const bytes = createReadStream(received.path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Uint8Array>;
  const [part] = await computeBlobIds(bytes, received.size, { shards, signal });
  if (!part) throw new Error('A blob has no ID.');
  return part.blobId;
}

/** Bytes that stand here damaged are replaced: a certificate says that they can be read. */
async function keepBytes(ctx: Ctx, { path, sha256, size }: ReceivedBlob, signal: AbortSignal): Promise<void> {
  if (await ctx.blobs.stat(sha256)) {
    const verdict = await verifyBlob(ctx.blobs, sha256, size, { signal });
    if (verdict.ok) return;
    await ctx.blobs.discardDamaged(sha256, { signal });
  }
  await ctx.blobs.putFile(sha256, size, path, { signal });
}

async function certify(
  ctx: Ctx,
  tx: Transaction<Schema>,
  blob: { blobId: string; sha256: string; size: number; sender: string },
  query: StoreQuery,
): Promise<{ created: boolean; certified: Certified }> {
  const epoch = epochAt(ctx.config.walrusApi, ctx.clock());
  const end = epoch + query.epochs;
  const known = await tx
    .selectFrom('walrus_object')
    .selectAll()
    .where('blob_id', '=', blob.blobId)
    .where('deletable', '=', query.deletable)
    .where('end_epoch', '>=', end)
    .orderBy('end_epoch', 'desc')
    .executeTakeFirst();
  const { blobId, sha256, size, sender } = blob;
  // Whoever wants an object of its own gets one, also of bytes that are kept for others.
  if (known && !query.force && !query.isGiven)
    return {
      created: false,
      certified: { ...known, blobId, registered: known.registered_epoch, end: known.end_epoch },
    };
  const id = randomObjectId(ctx);
  await tx
    .insertInto('walrus_object')
    .values({
      ...{ id, blob_id: blobId, sha256, size, sender },
      ...{ deletable: query.deletable, registered_epoch: epoch, end_epoch: end },
    })
    .execute();
  return { created: true, certified: { id, blobId, size, registered: epoch, end, deletable: query.deletable } };
}

const randomObjectId = (ctx: Pick<HubContext, 'random'>) => `0x${Buffer.from(ctx.random(32)).toString('hex')}`;

function createdAnswer(ctx: Ctx, blob: Certified): object {
  const encodedLength = encodedBytes(blob.size, ctx.config.walrusApi.shards);
  return {
    newlyCreated: {
      blobObject: {
        id: blob.id,
        registeredEpoch: blob.registered,
        blobId: blob.blobId,
        size: blob.size,
        encodingType: 'RS2',
        certifiedEpoch: blob.registered,
        storage: {
          id: randomObjectId(ctx),
          startEpoch: blob.registered,
          endEpoch: blob.end,
          storageSize: encodedLength,
        },
        deletable: blob.deletable,
      },
      resourceOperation: { registerFromScratch: { encodedLength, epochsAhead: blob.end - blob.registered } },
      cost: 0,
    },
  };
}

function knownAnswer(blob: Certified): object {
  // There is no transaction to point to; the object stands for it, as it does for deletable blobs.
  return { alreadyCertified: { blobId: blob.blobId, object: blob.id, endEpoch: blob.end } };
}
