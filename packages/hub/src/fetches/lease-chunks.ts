import {
  type Address,
  allowsPeer,
  CallableError,
  ChunkSet,
  chunkBytes,
  type FetchAnswer,
  type FetchRequest,
  parsePeerUrl,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { checkHandedOut } from '../files/check-handed-out.ts';
import { chunkLeaseMs, type FileBoard, type Holder } from './board/file-board.ts';
import { findSeeders } from './find-seeders.ts';

/** Peers told of at once; a node asks again when it needs others. */
const mostPeers = 16;
/** Bytes of chunk sets in one answer: of a file of 1 TiB each is 64 kB. */
const mostPeerText = 256 * 1024;
/** Holders that announced the whole file are looked up at most this often per file, milliseconds. */
const seedersForMs = 5000;

type FetchContext = Pick<HubContext, 'db' | 'clock' | 'blobs' | 'fetches' | 'config' | 'rules'>;

/**
 * Tells a node which chunks of a file to take from the hub and which from whom, so that any number of nodes together
 * take each chunk from the hub once. Holds the request, as long as it may, while there is nothing to do.
 */
export async function leaseChunks(
  ctx: FetchContext,
  node: Address,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<FetchAnswer> {
  await requireNode(ctx, node);
  await checkHandedOut(ctx, request.file);
  const { board, have } = await openBoard(ctx, request);
  const url = reachableUrl(ctx, request.peerUrl);
  const settledAt = await findSettledAt(ctx, request);
  const isSettling = () => ctx.clock() < settledAt;
  board.report(node, { have, working: request.working, url, adopt: isSettling() });
  const busy = new Set(request.working);
  const lacking = Array.from({ length: board.chunks }, (_, index) => index).filter(
    (index) => !have.has(index) && !busy.has(index),
  );
  const until = ctx.clock() + request.waitMs;
  for (;;) {
    await refreshSeeders(ctx, request, board);
    const holders = usableHolders(ctx, board, node, request.dropped);
    const peers = holders.filter((holder) => lacking.some((index) => holder.have.has(index)));
    // A lease for a node that went away would hold up the others.
    const origin = signal.aborted || isSettling() ? [] : board.lease(node, lacking, request.want, holders);
    const isDone = origin.length > 0 || peers.length > 0 || lacking.length === 0;
    if (isDone || signal.aborted || ctx.clock() >= until)
      return {
        origin,
        leaseMs: chunkLeaseMs,
        peers: viewPeers(peers),
        fetching: board.countFetching(),
        underWay: isSettling() || board.isUnderWay(node, lacking),
      };
    const waitMs = (isSettling() ? Math.min(until, settledAt) : until) - ctx.clock();
    await board.nextChange(waitMs, signal);
  }
}

/** Until when chunks of this file are not leased because this process does not know yet who has them. */
async function findSettledAt(ctx: FetchContext, { release }: FetchRequest): Promise<number> {
  const settledAt = ctx.fetches.settledAt();
  if (ctx.clock() >= settledAt) return 0;
  const old = await ctx.db
    .selectFrom('release')
    .select('digest')
    .where('digest', '=', release)
    .where('published_at', '<', ctx.fetches.startedAt)
    .executeTakeFirst();
  return old ? settledAt : 0;
}

async function requireNode(ctx: FetchContext, node: Address): Promise<void> {
  const found = await ctx.db.selectFrom('node').select('address').where('address', '=', node).executeTakeFirst();
  if (!found) throw new CallableError('NodeNotFound', `The node ${node} has not joined.`);
}

async function openBoard(ctx: FetchContext, request: FetchRequest): Promise<{ board: FileBoard; have: ChunkSet }> {
  const found = await ctx.blobs.stat(request.file);
  if (!found) throw new CallableError('BlobNotFound', `No bytes are stored under ${request.file}.`);
  const chunks = Math.ceil(found.size / chunkBytes);
  const have = ChunkSet.parse(request.have, chunks);
  if (!have || request.working.some((index) => index >= chunks))
    throw new CallableError('RequestInvalid', `The file has ${chunks} chunks; the request names others.`);
  return { board: ctx.fetches.file(request.file, chunks), have };
}

/** An address nobody may be sent to makes its node one that cannot be reached, no more: it still gets its file. */
function reachableUrl(ctx: FetchContext, text: string | null): string | null {
  const url = text === null ? null : parsePeerUrl(text);
  return url !== null && allowsPeer(ctx.config.peerScope, url) ? url : null;
}

async function refreshSeeders(ctx: FetchContext, request: FetchRequest, board: FileBoard): Promise<void> {
  if (ctx.clock() - board.seedersAt < seedersForMs) return;
  board.seedersAt = ctx.clock();
  const full = ChunkSet.full(board.chunks);
  const seeders = await findSeeders(ctx, request.release, request.file);
  board.seeders = seeders.flatMap(({ node, peerUrl }) => {
    const url = reachableUrl(ctx, peerUrl);
    return url === null ? [] : [{ node, url, have: full }];
  });
}

function usableHolders(ctx: FetchContext, board: FileBoard, node: Address, dropped: readonly Address[]): Holder[] {
  return board.holders(node).filter((holder) => !dropped.includes(holder.node) && !ctx.fetches.isRefuted(holder.node));
}

/** The latest to report come first: of many, those are there most surely. */
function viewPeers(holders: readonly Holder[]): FetchAnswer['peers'] {
  const peers: FetchAnswer['peers'] = [];
  let text = 0;
  for (const { node, url, have } of holders.toReversed()) {
    const hex = have.toHex();
    text += hex.length;
    if (url === null || peers.length >= mostPeers || (text > mostPeerText && peers.length > 0)) break;
    peers.push({ node, url, have: hex });
  }
  return peers;
}
