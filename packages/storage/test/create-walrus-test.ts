import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BlobStore } from '../src/blob-store.ts';
import { FileWalrusIndex } from '../src/walrus/index/file-walrus-index.ts';
import type { WalrusSettings } from '../src/walrus/settings/walrus-settings.ts';
import { WalrusBlobStore } from '../src/walrus/walrus-blob-store.ts';
import { createDirectory, piecesOf } from './describe-blob-store.ts';
import { createNetwork, type Network, serveWalrus, sha256, type WalrusPeer } from './serve-walrus.ts';

/** A store of a network of one publisher and two aggregators, all in this process. */
export type WalrusTest = AsyncDisposable & {
  store: WalrusBlobStore;
  network: Network;
  publisher: WalrusPeer;
  aggregators: WalrusPeer[];
  index: FileWalrusIndex;
  directory: string;
};

/** For what is no test of patience: a busy machine takes seconds over what is instant here. */
export const unhurried = { idleMs: 10_000, answerMs: 30_000, settleMs: 30_000 };

export async function createWalrusTest(more: Partial<WalrusSettings> = {}): Promise<WalrusTest> {
  const directory = await createDirectory();
  const network = createNetwork(more.identify);
  const [publisher, ...aggregators] = await Promise.all([1, 2, 3].map(() => serveWalrus(network)));
  if (!publisher) throw new Error('There is no publisher.');
  const index = await FileWalrusIndex.open(join(directory.path, 'index'));
  const store = new WalrusBlobStore({
    publisher: publisher.url,
    aggregators: aggregators.map((one) => one.url),
    index,
    spoolDirectory: join(directory.path, 'spool'),
    epochs: 5,
    currentEpoch: () => network.epoch,
    partBytes: 8 * 2 ** 20,
    identify: network.identify,
    idleMs: 300,
    answerMs: 2000,
    settleMs: 20,
    hedgeMs: 100,
    patience: { attempts: 3, pauseMs: 1, random: () => 0 },
    ...more,
  });
  return {
    store,
    network,
    publisher,
    aggregators,
    index,
    directory: directory.path,
    async [Symbol.asyncDispose]() {
      for (const peer of [publisher, ...aggregators]) await peer[Symbol.asyncDispose]();
      await index[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** The file that is stored, and its name. */
export const bytes = randomBytes(50_000);
export const id = sha256(bytes);
export const put = ({ store }: { store: BlobStore }) => store.put(id, bytes.length, piecesOf(bytes));

/** What the publisher was asked to store. */
export const putsOf = ({ publisher }: WalrusTest) => publisher.seen.filter((line) => line.startsWith('PUT'));
