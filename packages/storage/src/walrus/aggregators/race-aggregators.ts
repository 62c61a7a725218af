import { blobMismatch, isMismatch } from '../../storage-error.ts';
import type { CompleteWalrusSettings } from '../settings/walrus-settings.ts';
import type { AggregatorStanding } from './aggregator-standing.ts';
import { type Chunk, fetchChunk } from './fetch-chunk.ts';

/**
 * The bytes of a chunk, from whichever aggregator delivers the right ones first. One is asked; when it fails, lies or
 * is slow the next is asked too, so a good one costs no more than a single transfer.
 *
 * Throws UploadMismatch when every one of them sent wrong bytes, else an AggregateError of what each said.
 */
export async function raceAggregators(
  settings: Pick<CompleteWalrusSettings, 'fetch' | 'idleMs' | 'hedgeMs'>,
  standing: AggregatorStanding,
  chunk: Chunk,
  options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const won = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, won.signal]) : won.signal;
  const errors: unknown[] = [];
  const slow = new Set<string>();
  const ask = async (aggregator: string) => {
    try {
      const bytes = await fetchChunk(settings, aggregator, chunk, signal);
      standing.note(aggregator, 'good');
      slow.delete(aggregator);
      return bytes;
    } catch (error) {
      if (!signal.aborted) standing.note(aggregator, isMismatch(error) ? 'wrong' : 'failed');
      errors.push(error);
      return null;
    }
  };
  try {
    let asked: Promise<Uint8Array | null>[] = [];
    for (const aggregator of standing.inOrder()) {
      asked.push(ask(aggregator));
      const first = await firstGood(asked, settings.hedgeMs, signal);
      options.signal?.throwIfAborted();
      if (first instanceof Uint8Array) return first;
      if (first === 'all failed') asked = [];
      else slow.add(aggregator);
    }
    const last = await firstGood(asked, null, signal);
    options.signal?.throwIfAborted();
    if (last instanceof Uint8Array) return last;
  } finally {
    won.abort();
    // Overtaken by another: asked first again it would cost this wait for every chunk.
    if (!options.signal?.aborted) for (const one of slow) standing.note(one, 'failed');
  }
  if (errors.every(isMismatch)) throw blobMismatch(`No aggregator has the right bytes of ${chunk.blobId}.`);
  throw new AggregateError(errors, `No aggregator delivered ${chunk.blobId}.`);
}

/** The first that is not null; or that all were, or that `waitMs` passed before. */
function firstGood(
  asked: readonly Promise<Uint8Array | null>[],
  waitMs: number | null,
  signal: AbortSignal,
): Promise<Uint8Array | 'all failed' | 'slow'> {
  return new Promise((resolve) => {
    const timer = waitMs === null ? null : setTimeout(() => resolve('slow'), waitMs);
    const settle = (value: Uint8Array | 'all failed') => {
      if (timer) clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(value);
    };
    const stop = () => settle('all failed');
    signal.addEventListener('abort', stop, { once: true });
    let open = asked.length;
    if (open === 0) settle('all failed');
    for (const one of asked)
      void one.then((bytes) => {
        open--;
        if (bytes) settle(bytes);
        else if (open === 0) settle('all failed');
      });
  });
}
