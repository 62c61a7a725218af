import { coverBatches, fromHex, fromLast, verifyBatch } from '@callable/protocol';
import type { SoundBatch } from './group-runs.ts';

/**
 * Of batches in one segment those that stand without the others of it: signed, or named by a later one that is kept.
 * attack: a header that nobody signed is reported before the one that covers it, which is known here already, or breaks its
 * session elsewhere, and is left out. Filed alone it would be the word of nobody, in a log that every reader then refuses.
 */
export function keepSaid(bytes: Uint8Array, batches: readonly SoundBatch[]): SoundBatch[] {
  const cover = coverBatches();
  const said = new Set<SoundBatch>();
  for (const index of fromLast(batches.map(({ view }) => view))) {
    const one = batches[index] as SoundBatch;
    const id = fromHex(one.id) ?? new Uint8Array();
    if (!one.isSigned && !cover.covers(bytes, one.view.at, id) && verifyBatch(one.batch) === null) continue;
    said.add(one);
    cover.add(bytes, one.view.at);
  }
  return batches.filter((one) => said.has(one));
}
