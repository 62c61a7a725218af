import { chunkBytes } from '@callable/protocol';
import type { StoredPart, WalrusEntry } from '../index/walrus-index.ts';
import type { CompleteWalrusSettings } from '../settings/walrus-settings.ts';
import { type Sighting, storePart, type Unsettled } from './store-part.ts';

type Options = {
  epochs: number;
  /** Parts kept at least until this epoch are left alone. */
  until?: number;
  look: (entry: WalrusEntry, chunk: number) => Promise<Sighting>;
  unsettled: Unsettled;
  signal?: AbortSignal;
};

/** Stores the parts of a file, some at once, and gives them back with their new ends. The first failure stops all. */
export async function storeParts(
  settings: CompleteWalrusSettings,
  entry: WalrusEntry,
  path: string,
  options: Options,
): Promise<StoredPart[]> {
  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const stored: StoredPart[] = [...entry.parts];
  const starts = startsOf(entry);
  let next = 0;
  const work = async () => {
    for (let at = next++; at < entry.parts.length; at = next++) {
      const part = entry.parts[at];
      const start = starts[at] ?? 0;
      if (!part || isKept(part, options.until)) continue;
      const { blobId, size } = part;
      const done = await storePart(
        settings,
        { blobId, size },
        { path, start, length: size },
        {
          epochs: options.epochs,
          look: options.until === undefined ? () => options.look(entry, start / chunkBytes) : null,
          unsettled: options.unsettled,
          signal,
        },
      );
      checkExtended(done, options.until);
      stored[at] = done;
    }
  };
  const workers = Array.from({ length: settings.parallel }, () =>
    work().catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const ends = await Promise.allSettled(workers);
  // The first to fail is the cause; the others were stopped because of it.
  const first = ends.find((end) => end.status === 'rejected' && (end.reason as Error)?.name !== 'AbortError');
  const any = first ?? ends.find((end) => end.status === 'rejected');
  if (any?.status === 'rejected') throw any.reason;
  return stored;
}

function startsOf(entry: WalrusEntry): number[] {
  let at = 0;
  return entry.parts.map((part) => {
    at += part.size;
    return at - part.size;
  });
}

const isKept = (part: StoredPart, until: number | undefined) =>
  until !== undefined && part.endEpoch !== null && part.endEpoch >= until;

function checkExtended(part: StoredPart, until: number | undefined): void {
  if (until !== undefined && part.endEpoch !== null && part.endEpoch < until)
    throw new Error(`The publisher keeps ${part.blobId} until epoch ${part.endEpoch}, ${until} was asked for.`);
}
