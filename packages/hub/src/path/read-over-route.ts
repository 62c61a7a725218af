import { fetchOverSocket } from '@callable/http';
import { chunkBytes } from '@callable/protocol';
import { type BlobReader, readBody } from '@callable/storage';
import type { HubContext } from '../context.ts';
import { socketScheme } from '../http/own-address.ts';
import { software } from '../software.ts';

/** The hub's own door is shut: it is starting or ending. Says nothing about any file. */
export class DoorShut extends Error {
  override readonly name = 'DoorShut';
}

/** Read by one request. A hub that ends waits for the requests under way, so none takes long. */
const rangeBytes = 8 * chunkBytes;
const idleMs = 15_000;

/**
 * Reads files as nodes do: by `GET /v1/files/…` with a range, over a connection to this hub's own address. What lies
 * right in the store and comes out wrong, or not at all, helps nobody.
 *
 * Throws DoorShut when nobody listens, and whatever breaks on the way.
 */
export function readOverRoute(ctx: Pick<HubContext, 'ownAddress' | 'fetch'>): BlobReader {
  return {
    async read(id, range = { offset: 0 }, options = {}) {
      const end = range.offset + (range.length ?? Number.POSITIVE_INFINITY);
      const first = await ask(ctx, id, range.offset, end, options.signal);
      return first && joinRanges(ctx, id, { first, start: range.offset, end }, options.signal);
    },
  };
}

async function* joinRanges(
  ctx: Pick<HubContext, 'ownAddress' | 'fetch'>,
  id: string,
  { first, start, end }: { first: Response; start: number; end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let response: Response | null = first;
  for (let at = start; response; at += rangeBytes) {
    // A range that begins at the end, or behind it: there are no such bytes.
    if (response.status === 400 || response.status === 416) return void (await response.body?.cancel());
    const [, size] = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
    yield* readBody(response, { idleMs, ...(signal ? { signal } : {}) });
    const until = Math.min(end, Number(size ?? 0));
    response = at + rangeBytes < until ? await ask(ctx, id, at + rangeBytes, end, signal) : null;
  }
}

async function ask(
  ctx: Pick<HubContext, 'ownAddress' | 'fetch'>,
  id: string,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Response | null> {
  const url = ctx.ownAddress.url();
  if (url === null) throw new DoorShut('This hub does not listen.');
  const range = `bytes=${start}-${Math.min(end, start + rangeBytes) - 1}`;
  // So that whoever counts what is sent can tell it from what others fetch.
  const headers = { range, 'user-agent': software };
  // One of its own: fetch leaves its listener on a signal until the garbage is collected.
  const how = { headers, ...(signal ? { signal: AbortSignal.any([signal]) } : {}) };
  const path = `/v1/files/${id}`;
  const response = url.startsWith(socketScheme)
    ? await fetchOverSocket(url.slice(socketScheme.length), path, how)
    : await ctx.fetch(url + path, { ...how, redirect: 'error' });
  if (response.status === 206 || response.status === 400 || response.status === 416) return response;
  await response.body?.cancel();
  if (response.status === 404) return null;
  if (response.status === 503) throw new DoorShut('This hub is starting or ending.');
  throw new Error(`The hub's own file route answered ${response.status}.`);
}
