import type { IncomingMessage } from 'node:http';
import { requestBytes, SourceFailure } from '@callable/http/peers';

export type AggregatorRequest = {
  /** Base URL, the operator's word. */
  url: string;
  blobId: string;
  /** Where in the blob the chunk begins. */
  start: number;
  /** Asked once already and not found: a cache on the way may remember a blob as missing that is there by now. */
  isAgain: boolean;
  /** Filled exactly; its length is that of the chunk. */
  into: Uint8Array;
  signal: AbortSignal;
  onPiece?: () => void;
  timing?: Partial<typeof defaultTiming>;
};

/** Milliseconds. A cold blob takes an aggregator some seconds; a lease of the hub ends after sixty. */
const defaultTiming = { silenceMs: 10_000, chunkMs: 40_000 };

/**
 * Asks a Walrus aggregator for a piece of a blob and answers the sha256, in hex, of what it sent.
 * Throws SourceFailure, or the signal's reason.
 */
export async function fetchFromAggregator({ timing, ...wanted }: AggregatorRequest): Promise<string> {
  const { silenceMs, chunkMs } = { ...defaultTiming, ...timing };
  const { url, blobId, start, isAgain, into, signal, onPiece } = wanted;
  return requestBytes({
    // This address no cache has seen.
    url: `${url.replace(/\/+$/, '')}/v1/blobs/${blobId}${isAgain ? '?strict_consistency_check=false' : ''}`,
    // Both ends: aggregators refuse an open range.
    headers: { range: `bytes=${start}-${start + into.length - 1}` },
    accept: (answer) => refuseOther(answer, into.length),
    ...{ into, silenceMs, wholeMs: chunkMs, signal },
    ...(onPiece ? { onPiece } : {}),
  });
}

function refuseOther({ statusCode, headers }: IncomingMessage, length: number): void {
  if (statusCode === 503 || statusCode === 429) throw new SourceFailure('busy', 'It is busy.');
  if (statusCode === 404) throw new SourceFailure('lacks', 'It has not got the blob.');
  // 200 is the whole blob, or an error that some answer that way; only a blob of one chunk is what was asked for.
  if (statusCode !== 206 && statusCode !== 200) throw new SourceFailure('broken', `It answered ${statusCode}.`);
  const announced = headers['content-length'];
  if (announced !== undefined && announced !== String(length))
    throw new SourceFailure('broken', `It announces ${announced} bytes instead of ${length}.`);
}
