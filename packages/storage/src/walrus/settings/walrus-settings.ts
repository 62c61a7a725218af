import { chunkBytes } from '@callable/protocol';
import type { Patience } from '../../http/try-again.ts';
import { computeBlobIds, type WalrusPart, walrusPartBytes } from '../encoding/compute-blob-ids.ts';
import type { WalrusIndex } from '../index/walrus-index.ts';

export type WalrusSettings = {
  /** Base URL of the publisher, which pays for what it stores. */
  publisher: string;
  /** Base URLs of aggregators, best first. Two or more: one alone can withhold what it likes. */
  aggregators: readonly string[];
  index: WalrusIndex;
  /** A directory of this store alone, on a disk with room for the largest file. */
  spoolDirectory: string;
  /** For how many epochs from now a blob is bought when it is put. At most 53 on Walrus. */
  epochs: number;
  /** The network's epoch at this moment. Mainnet's last 14 days, testnet's one. */
  currentEpoch: () => number;
  /** Hears in which epoch the publisher says it is when it has bought something. */
  onEpoch?: (epoch: number) => void;
  /** A new token for each attempt: a publisher takes each once. None when the publisher asks for none. */
  mintToken?: (blob: { size: number; epochs: number }) => string | Promise<string>;
  /** Who shall own the blob on Sui, so that others than the publisher can extend it. */
  sendObjectTo?: string;
  /**
   * Bytes of a part, a multiple of 4 MiB. Default 128 MiB, which gives a file the same IDs everywhere; a publisher
   * takes 10 MiB unless it was started with a larger `--max-body-size`.
   */
  partBytes?: number;
  /** Parts of a file sent at once. Default 2. */
  parallel?: number;
  /** A peer that is silent for so long in the middle of a transfer is given up, milliseconds. Default 15 s. */
  idleMs?: number;
  /** How long a publisher may work on a blob after it has all bytes, milliseconds. Default 5 min. */
  answerMs?: number;
  /**
   * How long the network is watched for a blob whose publisher gave no clear answer in `answerMs`, before it is sent
   * again, milliseconds. Default 5 min.
   */
  settleMs?: number;
  /** When the aggregator asked first has not delivered after so long, a second is asked too. Default 1.5 s. */
  hedgeMs?: number;
  patience?: Patience;
  clock?: () => number;
  fetch?: typeof fetch;
  /** How the IDs of parts come about; the genuine ones of both public networks by default. */
  identify?: (source: AsyncIterable<Uint8Array>, size: number, options: IdentifyOptions) => Promise<WalrusPart[]>;
};

type IdentifyOptions = { partBytes: number; signal?: AbortSignal };

export type CompleteWalrusSettings = Required<Omit<WalrusSettings, 'mintToken' | 'sendObjectTo' | 'onEpoch'>> &
  Pick<WalrusSettings, 'mintToken' | 'sendObjectTo' | 'onEpoch'>;

export function completeWalrusSettings(settings: WalrusSettings): CompleteWalrusSettings {
  const partBytes = settings.partBytes ?? walrusPartBytes;
  if (partBytes <= 0 || partBytes % chunkBytes !== 0)
    throw new TypeError(`A part is a multiple of ${chunkBytes} bytes long.`);
  if (settings.aggregators.length === 0) throw new TypeError('Without an aggregator nothing can be read.');
  return {
    parallel: 2,
    idleMs: 15_000,
    answerMs: 5 * 60_000,
    settleMs: 5 * 60_000,
    hedgeMs: 1500,
    patience: { attempts: 5, pauseMs: 1000, random: Math.random },
    clock: Date.now,
    fetch: globalThis.fetch,
    identify: computeBlobIds,
    ...settings,
    partBytes,
  };
}
