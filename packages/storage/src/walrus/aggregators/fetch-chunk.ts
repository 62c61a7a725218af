import { createHash } from 'node:crypto';
import { readBody } from '../../http/read-body.ts';
import { blobMismatch } from '../../storage-error.ts';
import type { WalrusBlobId } from '../encoding/walrus-blob-id.ts';

/** Some bytes of one Walrus blob, and the sha256 they must have. */
export type Chunk = { blobId: WalrusBlobId; start: number; length: number; sha256: string };

/** An aggregator said that it has no such blob. */
export class NotOnAggregator extends Error {
  override readonly name = 'NotOnAggregator';
}

/**
 * A chunk from one aggregator, checked. Throws NotOnAggregator, UploadMismatch when it sent other bytes than asked for,
 * whatever they look like, and something else when it failed.
 */
export async function fetchChunk(
  settings: { fetch: typeof fetch; idleMs: number },
  aggregator: string,
  chunk: Chunk,
  signal: AbortSignal,
): Promise<Uint8Array> {
  // A blob that was just certified may be remembered as missing by a cache on the way; this address it has not seen.
  for (const query of ['', '?strict_consistency_check=false']) {
    try {
      return await fetchOnce(settings, `${blobUrl(aggregator, chunk.blobId)}${query}`, chunk, signal);
    } catch (error) {
      if (!(error instanceof NotOnAggregator)) throw error;
    }
  }
  throw new NotOnAggregator(`${aggregator} has no blob ${chunk.blobId}.`);
}

export const blobUrl = (base: string, blobId: WalrusBlobId) => `${base.replace(/\/$/, '')}/v1/blobs/${blobId}`;

async function fetchOnce(
  settings: { fetch: typeof fetch; idleMs: number },
  url: string,
  chunk: Chunk,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { start, length } = chunk;
  // A blob of no bytes has no range. Otherwise both ends: aggregators refuse an open one.
  const headers = length === 0 ? {} : { range: `bytes=${start}-${start + length - 1}` };
  const head = new AbortController();
  const timer = setTimeout(() => head.abort(new Error(`No answer for ${settings.idleMs} ms.`)), settings.idleMs);
  const response = await settings
    .fetch(url, { headers, redirect: 'follow', signal: AbortSignal.any([signal, head.signal]) })
    .finally(() => clearTimeout(timer));
  if (response.status === 404) {
    await response.body?.cancel();
    throw new NotOnAggregator(url);
  }
  if (response.status !== 206 && response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${new URL(url).origin} answered ${response.status}.`);
  }
  return readChecked(response, chunk, { idleMs: settings.idleMs, signal });
}

/** What was asked for, into memory of exactly its size; a peer that sends more is cut off. */
async function readChecked(
  response: Response,
  chunk: Chunk,
  options: { idleMs: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(chunk.length);
  const hash = createHash('sha256');
  let filled = 0;
  for await (const piece of readBody(response, options)) {
    if (filled + piece.length > bytes.length) throw blobMismatch('An aggregator sent more than it was asked for.');
    bytes.set(piece, filled);
    hash.update(piece);
    filled += piece.length;
  }
  if (filled < bytes.length) throw blobMismatch(`An aggregator sent ${filled} bytes of ${bytes.length}.`);
  if (hash.digest('hex') !== chunk.sha256) throw blobMismatch('An aggregator sent other bytes than were stored.');
  return bytes;
}
