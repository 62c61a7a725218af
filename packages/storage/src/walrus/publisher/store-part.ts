import { setTimeout as delay } from 'node:timers/promises';
import { blobUrl } from '../aggregators/fetch-chunk.ts';
import type { WalrusPart } from '../encoding/compute-blob-ids.ts';
import type { StoredPart } from '../index/walrus-index.ts';
import type { CompleteWalrusSettings } from '../walrus-settings.ts';
import { parseStoreAnswer, type StoreOutcome } from './parse-store-answer.ts';
import { type FileRange, putFileRange } from './put-file-range.ts';

type Options = {
  epochs: number;
  /**
   * Whether the network has the blob by now, whatever the publisher said. Null when that would tell nothing, because
   * it had the blob before: to be kept longer takes the publisher's word.
   */
  isThere: (() => Promise<boolean>) | null;
  signal?: AbortSignal;
};

/**
 * Stores a part through the publisher. After an attempt whose outcome is unknown the network is asked before the
 * bytes are sent again: storing twice costs twice. Extending is simply asked for again, for what is kept long enough is
 * answered with its end and costs nothing. Throws when it cannot be done, and at once when the publisher
 * names the bytes otherwise than we do: then either of us is not Walrus.
 */
export async function storePart(
  settings: CompleteWalrusSettings,
  part: WalrusPart,
  file: FileRange,
  options: Options,
): Promise<StoredPart> {
  const { attempts, pauseMs, random } = settings.patience;
  for (let attempt = 1; ; attempt++) {
    const outcome = await putOnce(settings, part, file, options);
    if (outcome.kind === 'certified' || outcome.kind === 'uncertified') checkBlobId(part, outcome.blobId);
    if (outcome.kind === 'certified' && outcome.certifiedEpoch !== undefined)
      settings.onEpoch?.(outcome.certifiedEpoch);
    if (outcome.kind === 'certified') return { ...part, endEpoch: outcome.endEpoch };
    if (outcome.kind === 'refused') throw new Error(outcome.message);
    const endEpoch = outcome.kind === 'uncertified' ? outcome.endEpoch : null;
    if (outcome.kind !== 'busy' && (await options.isThere?.())) return { ...part, endEpoch };
    if (attempt >= attempts)
      throw new Error(
        `Walrus did not keep a part in ${attempts} attempts; the last: ${'message' in outcome ? outcome.message : 'it was not certified.'}`,
      );
    await delay(pauseMs * 2 ** (attempt - 1) * (1 + random() / 2), undefined, signalOf(options));
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
  try {
    const answer = await putFileRange(url, file, headers, { idleMs, answerMs, ...signalOf(options) });
    return parseStoreAnswer(answer.status, answer.body);
  } catch (error) {
    options.signal?.throwIfAborted();
    return { kind: 'unknown', message: error instanceof Error ? error.message : String(error) };
  }
}

function checkBlobId(part: WalrusPart, blobId: string): void {
  if (blobId !== part.blobId)
    throw new Error(`The publisher says that a part is ${blobId}, but its Walrus blob ID is ${part.blobId}.`);
}

const signalOf = (options: Options) => (options.signal ? { signal: options.signal } : {});
