import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDirectory, piecesOf, readAll } from '../../test/describe-blob-store.ts';
import { sha256 } from '../../test/serve-walrus.ts';
import { FileWalrusIndex } from './index/file-walrus-index.ts';
import { WalrusBlobStore } from './walrus-blob-store.ts';

const asked = process.env.CALLABLE_WALRUS_TESTNET === '1';
if (!asked)
  console.warn(
    '\n!! The public Walrus testnet is NOT tested: that takes a network. CALLABLE_WALRUS_TESTNET=1 does it.\n',
  );

it.skipIf(!asked)(
  'stores a blob on the public testnet and reads it back',
  async () => {
    await using directory = await createDirectory();
    await using index = await FileWalrusIndex.open(join(directory.path, 'index'));
    const store = new WalrusBlobStore({
      publisher: process.env.CALLABLE_WALRUS_PUBLISHER ?? 'https://publisher.walrus-testnet.walrus.space',
      aggregators: (process.env.CALLABLE_WALRUS_AGGREGATORS ?? 'https://aggregator.walrus-testnet.walrus.space').split(
        ',',
      ),
      index,
      spoolDirectory: join(directory.path, 'spool'),
      epochs: 1,
      // Nobody tells the epoch over HTTP; before the first one nothing has expired.
      currentEpoch: () => 0,
    });
    const bytes = randomBytes(100_000);
    await store.put(sha256(bytes), bytes.length, piecesOf(bytes));
    const [expiry] = await store.expiry([sha256(bytes)]);
    expect(expiry?.endEpoch).toBeGreaterThan(0);
    const read = await readAll(store, sha256(bytes));
    expect(read?.equals(bytes)).toBe(true);
    expect(await readAll(store, sha256(bytes), { offset: 5, length: 7 })).toEqual(bytes.subarray(5, 12));
  },
  10 * 60_000,
);
