import { setTimeout as delay } from 'node:timers/promises';
import { blobUrl } from '../aggregators/fetch-chunk.ts';
import type { WalrusPart } from '../encoding/compute-blob-ids.ts';
import type { StoredPart } from '../index/walrus-index.ts';
import type { CompleteWalrusSettings } from '../settings/walrus-settings.ts';
import { parseStoreAnswer, type StoreOutcome } from './parse-store-answer.ts';
import { type FileRange, putFileRange } from './put-file-range.ts';

/** What the network says of a part. `unsure` when no aggregator could be heard, which is not that it is absent. */
export type Sighting = 'there' | 'absent' | 'unsure';

/**
 * The parts handed to a publisher that has given no clear answer, and when it was last heard or sent to, in the time of
 * `performance.now()`. It outlives the call that sent them.
 */
export type Unsettled = Map<string, number>;

type Options = {
  epochs: number;
  /**
   * Whether the network has the blob by now, whatever the publisher said. Null when that would tell nothing, because
   * it had the blob before: to be kept longer takes the publisher's word.
   */
  look: (() => Promise<Sighting>) | null;
  unsettled: Unsettled;
  signal?: AbortSignal;
};

/**
 * Stores a part through the publisher. Storing twice costs twice, so after an attempt whose outcome is unknown, also
 * one of an earlier call, the network is watched for `settleMs` first: a slow publisher may still be at work when its
 * time is over. Only what an aggregator then says it has not is sent again. Extending is asked for again after the same
 * pause: what is kept long enough is answered with its end and costs nothing. Throws when it cannot be done, and at
 * once when the publisher names the bytes otherwise than we do: then either of us is not Walrus.
 */
export async function storePart(
  settings: CompleteWalrusSettings,
  part: WalrusPart,
  file: FileRange,
  options: Options,
): Promise<StoredPart> {
  const { attempts, pauseMs, random } = settings.patience;
  const { unsettled } = options;
  let endEpoch: number | null = null;
  let last = '';
  for (let attempt = 0; ; attempt++) {
    if (unsettled.has(part.blobId)) {
      const sighting = await watch(settings, part.blobId, options);
      if (sighting === 'unsure')
        throw new Error(`Whether Walrus keeps a part cannot be told, so it is not sent again. The last: ${last}`);
      unsettled.delete(part.blobId);
      if (sighting === 'there') return { ...part, endEpoch };
    }
    if (attempt >= attempts) throw new Error(`Walrus did not keep a part in ${attempts} attempts; the last: ${last}`);
    if (attempt > 0) await delay(pauseMs * 2 ** (attempt - 1) * (1 + random() / 2), undefined, signalOf(options));
    unsettled.set(part.blobId, performance.now());
    const outcome = await putOnce(settings, part, file, options);
    if (outcome.kind === 'unknown' || outcome.kind === 'uncertified') unsettled.set(part.blobId, performance.now());
    else unsettled.delete(part.blobId);
    if (outcome.kind === 'certified' || outcome.kind === 'uncertified') checkBlobId(part, outcome.blobId);
    if (outcome.kind === 'certified' && outcome.certifiedEpoch !== undefined)
      settings.onEpoch?.(outcome.certifiedEpoch);
    if (outcome.kind === 'certified') return { ...part, endEpoch: outcome.endEpoch };
    if (outcome.kind === 'refused') throw new Error(outcome.message);
    endEpoch = outcome.kind === 'uncertified' ? outcome.endEpoch : null;
    last = 'message' in outcome ? outcome.message : 'it was not certified.';
  }
}

/** Looks, ever more seldom, until the part is there or whatever publisher has it must be done. */
async function watch(
  { settleMs, patience }: CompleteWalrusSettings,
  blobId: string,
  { look, unsettled, ...options }: Options,
): Promise<Sighting> {
  for (let pauseMs = patience.pauseMs; ; pauseMs *= 2) {
    // Another file may hold the same part, and be sending it: then its time is not over either.
    const leftMs = (unsettled.get(blobId) ?? Number.NEGATIVE_INFINITY) + settleMs - performance.now();
    const sighting = look ? await look() : 'absent';
    if (sighting === 'there' || leftMs <= 0) return sighting;
    await delay(look ? Math.min(pauseMs, leftMs) : leftMs, undefined, signalOf(options));
  }
}

async function putOnce(
  settings: CompleteWalrusSettings,
  part: WalrusPart,
  file: FileRange,
  options: Options,
): Promise<StoreOutcome> {
  const url = new URL(blobUrl(settings.publisher, ''));
  url.pathname = url.pathname.replace(/\/$/, '');
  url.searchParams.set('epochs', String(options.epochs));
  // Kept whatever anybody with the publisher's key does, until its epochs have passed.
  url.searchParams.set('permanent', 'true');
  if (settings.sendObjectTo !== undefined) url.searchParams.set('send_object_to', settings.sendObjectTo);
  const token = await settings.mintToken?.({ size: part.size, epochs: options.epochs });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { idleMs, answerMs } = settings;
  const put = await putFileRange(url, file, headers, { idleMs, answerMs, ...signalOf(options) });
  const outcome = 'failure' in put ? unknownAfter(put.failure) : parseStoreAnswer(put.status, put.body);
  // Without all bytes it cannot have stored them.
  if (outcome.kind === 'unknown' && !put.complete) {
    options.unsettled.delete(part.blobId);
    options.signal?.throwIfAborted();
    return { ...outcome, kind: 'busy' };
  }
  if ('failure' in put) options.signal?.throwIfAborted();
  return outcome;
}

const unknownAfter = (failure: unknown): StoreOutcome => ({
  kind: 'unknown',
  message: failure instanceof Error ? failure.message : String(failure),
});

function checkBlobId(part: WalrusPart, blobId: string): void {
  if (blobId !== part.blobId)
    throw new Error(`The publisher says that a part is ${blobId}, but its Walrus blob ID is ${part.blobId}.`);
}

const signalOf = (options: { signal?: AbortSignal }) => (options.signal ? { signal: options.signal } : {});
