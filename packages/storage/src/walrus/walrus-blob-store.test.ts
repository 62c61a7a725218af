import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { chunkBytes } from '@callable/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory, describeBlobStore, piecesOf, readAll } from '../../test/describe-blob-store.ts';
import { describeWalrusIndex } from '../../test/describe-walrus-index.ts';
import {
  type Answer,
  createNetwork,
  encode,
  give,
  type Network,
  serveWalrus,
  sha256,
  store as storeAnswer,
  text,
  type WalrusPeer,
} from '../../test/serve-walrus.ts';
import type { BlobStore } from '../blob-store.ts';
import { LocalBlobStore } from '../local/local-blob-store.ts';
import { FileWalrusIndex } from './index/file-walrus-index.ts';
import type { WalrusSettings } from './settings/walrus-settings.ts';
import { StagedBlobStore } from './staged-blob-store.ts';
import { WalrusBlobStore } from './walrus-blob-store.ts';

type Test = AsyncDisposable & {
  store: WalrusBlobStore;
  network: Network;
  publisher: WalrusPeer;
  aggregators: WalrusPeer[];
  index: FileWalrusIndex;
  directory: string;
};

/** For what is no test of patience: a busy machine takes seconds over what is instant here. */
const unhurried = { idleMs: 10_000, answerMs: 30_000, settleMs: 30_000 };

async function createTest(more: Partial<WalrusSettings> = {}): Promise<Test> {
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

describeBlobStore('WalrusBlobStore', async () => {
  const test = await createTest(unhurried);
  return {
    store: test.store,
    // Whoever holds the bytes has others, so every aggregator sends them.
    damage: async (id, bytes) => {
      for (const part of (await test.index.find(id))?.parts ?? [])
        test.network.blobs.set(part.blobId, Buffer.from(bytes));
    },
    leftovers: () => readdir(join(test.directory, 'spool')).catch(() => []),
    [Symbol.asyncDispose]: () => test[Symbol.asyncDispose](),
  };
});

describeWalrusIndex('FileWalrusIndex', async () => {
  const directory = await createDirectory();
  let index = await FileWalrusIndex.open(join(directory.path, 'index'));
  return {
    index: () => index,
    async reopen() {
      await index[Symbol.asyncDispose]();
      index = await FileWalrusIndex.open(join(directory.path, 'index'));
    },
    async [Symbol.asyncDispose]() {
      await index[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

describeBlobStore('StagedBlobStore', async () => {
  const [test, directory] = await Promise.all([createTest(unhurried), createDirectory()]);
  const store = new StagedBlobStore(new LocalBlobStore(directory.path), test.store);
  return {
    store,
    damage: (id, bytes) => writeFile(join(directory.path, id.slice(0, 2), id), bytes),
    leftovers: () => readdir(join(directory.path, 'incoming')).catch(() => []),
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
});

describe('WalrusBlobStore', () => {
  const bytes = randomBytes(50_000);
  const id = sha256(bytes);
  let test: Test;
  beforeEach(async () => {
    test = await createTest();
  });
  afterEach(() => test[Symbol.asyncDispose]());
  const put = (store: BlobStore = test.store) => store.put(id, bytes.length, piecesOf(bytes));
  const puts = () => test.publisher.seen.filter((line) => line.startsWith('PUT'));

  it('keeps a large file in parts, and reads ranges across them', async () => {
    await using test = await createTest(unhurried);
    const large = Buffer.alloc(2 * chunkBytes * 2 + 100, randomBytes(1021));
    await test.store.put(sha256(large), large.length, piecesOf(large));
    expect((await test.index.find(sha256(large)))?.parts.map((part) => part.size)).toEqual([
      2 * chunkBytes,
      2 * chunkBytes,
      100,
    ]);
    const across = { offset: 2 * chunkBytes - 5, length: 10 };
    const read = await readAll(test.store, sha256(large), across);
    expect(read).toEqual(large.subarray(across.offset, across.offset + 10));
    expect(sha256((await readAll(test.store, sha256(large))) ?? Buffer.alloc(0))).toBe(sha256(large));
  });

  it.each([
    ['no bytes', 0],
    ['one byte', 1],
    ['less than a part', 300_000],
    ['a part', chunkBytes],
    ['parts', chunkBytes + 100],
  ])(
    '%s are kept under the names that the true encoder computes',
    async (_case, length) => {
      await using test = await createTest({ ...unhurried, identify: encode, partBytes: chunkBytes });
      const content = randomBytes(length);
      const name = sha256(content);
      await test.store.put(name, length, piecesOf(content));
      const expected = await encode(piecesOf(content), length, { partBytes: chunkBytes });
      expect((await test.index.find(name))?.parts.map(({ blobId, size }) => ({ blobId, size }))).toEqual(expected);
      expect([...test.network.blobs.keys()].sort()).toEqual(expected.map(({ blobId }) => blobId).sort());
      expect(await readAll(test.store, name)).toEqual(content);
      // The thread of the encoder is of low priority: a busy machine lets it wait.
    },
    300_000,
  );

  describe('a publisher', () => {
    it('that says in plain text that it is busy is asked again, and paid once', async () => {
      const busy = 'the publisher is receiving too many requests; please try again later';
      test.publisher.instead.push(text(429, busy), text(429, busy));
      await put();
      expect(puts()).toHaveLength(3);
      expect(puts()[0]).toBe('PUT /v1/blobs?epochs=5&permanent=true');
      // Busy means that nothing was stored, so nobody was asked for it.
      expect(test.aggregators.flatMap((one) => one.seen)).toEqual([]);
    });

    it('that refuses the size names the remedy, and is asked once', async () => {
      test.publisher.instead.push(text(413, 'length limit exceeded'));
      await expect(put()).rejects.toThrow(/length limit exceeded.*--max-body-size/);
      expect(puts()).toHaveLength(1);
      expect(await test.store.stat(id)).toBeNull();
    });

    it('whose answer was lost after it stored is not paid twice', async () => {
      await using test = await createTest(unhurried);
      const puts = () => test.publisher.seen.filter((line) => line.startsWith('PUT'));
      test.publisher.instead.push(async (request, response, body) => {
        await storeAnswer(test.network)(request, { end: () => response.destroy() } as never, body);
      });
      await put(test.store);
      expect(puts()).toHaveLength(1);
      expect(await readAll(test.store, id)).toEqual(bytes);
      // What it was bought for is not known, and says so.
      expect(await test.store.expiry([id])).toEqual([{ id, endEpoch: null, epochsLeft: null, alarm: true }]);
      await test.store.renew([id], 5);
      expect(await test.store.expiry([id])).toEqual([{ id, endEpoch: 15, epochsLeft: 5, alarm: false }]);
    });

    it.each([
      ['that times out before it stored', text(504, 'upstream timed out')],
      [
        'that hides an error inside a 200',
        text(200, '{"error":{"failurePhase":"upload","errorMsg":"no confirmation"}}'),
      ],
      ['behind a proxy that answers 200 with a page', text(200, '<html>please log in</html>')],
      ['that answers nonsense', text(200, '{"newlyCreated":{"blobObject":{"blobId":7}}}')],
      [
        'that has not certified the blob',
        text(200, '{"alreadyCertified":{"blobId":"M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk"}}'),
      ],
    ])('%s is asked again after a look at the network', async (_case, answer) => {
      test.publisher.instead.push(answer);
      await put();
      expect(puts()).toHaveLength(2);
      expect(test.aggregators[0]?.seen[0]).toMatch(/^GET \/v1\/blobs\//);
      expect(await readAll(test.store, id)).toEqual(bytes);
    });

    it('that never answers is given up', async () => {
      await using silent = await createTest({ answerMs: 100 });
      const never = () => {};
      silent.publisher.instead.push(never, never, never);
      await expect(put(silent.store)).rejects.toThrow(/3 attempts.*gave no answer/);
      expect(await readdir(join(silent.directory, 'spool'))).toEqual([]);
    });

    describe('that is slow', () => {
      const keepLate =
        (on: Test, afterMs: number): Answer =>
        (request, _response, body) =>
          void setTimeout(() => storeAnswer(on.network)(request, { end() {} } as never, body), afterMs);

      it('and stores after its time is over is paid once: the network is watched before anything is sent again', async () => {
        await using slow = await createTest({ ...unhurried, answerMs: 50 });
        slow.publisher.instead.push(keepLate(slow, 300));
        await put(slow.store);
        expect(slow.publisher.seen).toHaveLength(1);
        expect(await readAll(slow.store, id)).toEqual(bytes);
      });

      it('is paid once also when the hub gave up on it and begins anew', async () => {
        await using slow = await createTest({ ...unhurried });
        const giveUp = new AbortController();
        slow.publisher.instead.push((request, response, body) => {
          keepLate(slow, 300)(request, response, body);
          giveUp.abort(new Error('enough'));
        });
        await expect(slow.store.put(id, bytes.length, piecesOf(bytes), { signal: giveUp.signal })).rejects.toThrow();
        await put(slow.store);
        expect(slow.publisher.seen).toHaveLength(1);
      });

      it('is sent nothing again while no aggregator can be heard', async () => {
        test.publisher.instead.push(text(504, 'upstream timed out'));
        for (const one of test.aggregators) one.instead.push(...Array.from({ length: 100 }, () => text(503, '')));
        await expect(put()).rejects.toThrow('it is not sent again');
        expect(puts()).toHaveLength(1);
        // And not by the next attempt either, until one can be.
        await expect(put()).rejects.toThrow('it is not sent again');
        expect(puts()).toHaveLength(1);
        for (const one of test.aggregators) one.instead.length = 0;
        await put();
        expect(puts()).toHaveLength(2);
      });
    });

    it('that breaks off before it has all bytes has stored nothing, and nobody is asked', async () => {
      await using large = await createTest(unhurried);
      const most = Buffer.alloc(8 * 2 ** 20, randomBytes(1021));
      large.publisher.breakOff = 1;
      await large.store.put(sha256(most), most.length, piecesOf(most));
      expect(large.publisher.seen).toHaveLength(2);
      expect(large.aggregators.flatMap((one) => one.seen)).toEqual([]);
    });

    it('that names the bytes otherwise is not believed', async () => {
      const other = 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk';
      test.publisher.instead.push(text(200, JSON.stringify({ alreadyCertified: { blobId: other, endEpoch: 99 } })));
      await expect(put()).rejects.toThrow(`The publisher says that a part is ${other}`);
      expect(await test.store.stat(id)).toBeNull();
    });

    it('gets a new token for every attempt', async () => {
      let minted = 0;
      await using secured = await createTest({ mintToken: ({ size }) => `token-${++minted}-${size}` });
      secured.publisher.instead.push(text(504, ''));
      await put(secured.store);
      expect(secured.publisher.authorizations).toEqual(['Bearer token-1-50000', 'Bearer token-2-50000']);
    });
  });

  describe('an aggregator', () => {
    const flip = (part: Buffer) => {
      const wrong = Buffer.from(part);
      wrong[7] = (wrong[7] ?? 0) ^ 1;
      return wrong;
    };
    it.each([
      ['lies', () => give(test.network, flip)],
      ['truncates', () => give(test.network, (part) => part.subarray(0, -1))],
      ['sends without end', () => give(test.network, (part) => Buffer.concat([part, part]))],
      ['answers 200 with an error inside', () => text(200, '{"error":{"code":500,"message":"oh"}}')],
      ['answers in plain text that it is overloaded', () => text(429, 'slow down')],
      ['is down', () => text(503, '')],
    ])('that %s is left for another', async (_case, bad) => {
      await put();
      const [first, second] = test.aggregators;
      first?.instead.push(bad());
      expect(await readAll(test.store, id)).toEqual(bytes);
      const before = first?.seen.length;
      // And is not the first to be asked the next time.
      expect(await readAll(test.store, id)).toEqual(bytes);
      expect(first?.seen.length).toBe(before);
      expect(second?.seen).toHaveLength(2);
    });

    it('that stalls is overtaken, and asked last afterwards', async () => {
      await put();
      const [first] = test.aggregators;
      first?.instead.push((_request, response) => void response.writeHead(206).write(bytes.subarray(0, 10)));
      expect(await readAll(test.store, id)).toEqual(bytes);
      const before = first?.seen.length;
      expect(await readAll(test.store, id)).toEqual(bytes);
      expect(first?.seen.length).toBe(before);
    });

    it('with a remembered 404 is asked by an address no cache has seen', async () => {
      await put();
      for (const one of test.aggregators) one.instead.push(text(404, 'not found'));
      expect(await readAll(test.store, id)).toEqual(bytes);
    });

    it('none of which tells the truth is an error, never wrong bytes', async () => {
      await put();
      for (const one of test.aggregators) one.instead.push(give(test.network, flip));
      await expect(readAll(test.store, id)).rejects.toMatchObject({ code: 'UploadMismatch' });
    });

    it('none of which answers is no damage: nothing is discarded', async () => {
      await put();
      for (const one of test.aggregators) one.instead.push(text(503, ''));
      await expect(test.store.discardDamaged(id)).rejects.toThrow('No aggregator delivered');
      expect(await test.store.stat(id)).toEqual({ size: bytes.length });
    });
  });

  describe('epochs', () => {
    it('a file whose epochs have passed is not there, and can be stored anew', async () => {
      await put();
      test.network.epoch = 14;
      expect(await test.store.expiry([id, 'f'.repeat(64)])).toEqual([{ id, endEpoch: 15, epochsLeft: 1, alarm: true }]);
      expect(await test.store.stat(id)).toEqual({ size: bytes.length });
      test.network.epoch = 15;
      expect(await test.store.stat(id)).toBeNull();
      expect(await test.store.read(id)).toBeNull();
      await put();
      expect(await test.store.expiry([id])).toMatchObject([{ endEpoch: 20, alarm: false }]);
    });

    it('all files of a release are renewed together, to one end; what cannot be is named', async () => {
      const other = randomBytes(1000);
      await put();
      test.network.epoch = 13;
      await test.store.put(sha256(other), other.length, piecesOf(other));
      const gone = 'f'.repeat(64);
      const renewal = await test.store.renew([id, sha256(other), gone], 10);
      expect(renewal).toMatchObject({ renewed: [id, sha256(other)], failed: [{ id: gone }] });
      expect(await test.store.expiry([id, sha256(other)])).toMatchObject([{ endEpoch: 23 }, { endEpoch: 23 }]);
      const before = puts().length;
      await test.store.renew([id, sha256(other)], 10);
      expect(puts()).toHaveLength(before);
    });

    it.each([
      ['was lost', (_request: unknown, response: ServerResponse) => void response.destroy()],
      ['hid an error inside a 200', text(200, '{"error":{"failurePhase":"register","errorMsg":"no coins"}}')],
    ])('that the blob is there proves no renewal: when its answer %s it is asked for again', async (_case, answer) => {
      await put();
      test.network.epoch = 13;
      test.publisher.instead.push(answer);
      expect(await test.store.renew([id], 10)).toEqual({ renewed: [id], failed: [] });
      expect(await test.store.expiry([id])).toEqual([{ id, endEpoch: 23, epochsLeft: 10, alarm: false }]);
      test.network.epoch = 14;
      test.publisher.instead.push(answer, answer, answer);
      expect(await test.store.renew([id], 10)).toMatchObject({ renewed: [], failed: [{ id }] });
      // Still what is known for certain, not nothing.
      expect(await test.store.expiry([id])).toMatchObject([{ endEpoch: 23 }]);
    });

    it('a publisher that does not extend is not believed to have', async () => {
      await put();
      test.network.epoch = 13;
      const part = (await test.index.find(id))?.parts[0];
      test.publisher.instead.push(text(200, JSON.stringify({ alreadyCertified: { ...part } })));
      expect(await test.store.renew([id], 10)).toMatchObject({ renewed: [], failed: [{ id }] });
    });
  });

  describe('StagedBlobStore', () => {
    it('a file taken in is handed on, read back from there, and only then no longer kept here', async () => {
      const stage = new LocalBlobStore(join(test.directory, 'stage'));
      const store = new StagedBlobStore(stage, test.store);
      await put(store);
      expect([await test.store.stat(id), puts()]).toEqual([null, []]);
      await store.handOn(id, bytes.length);
      await store.handOn(id, bytes.length);
      expect(puts()).toHaveLength(1);
      await stage.delete(id);
      expect(await readAll(store, id)).toEqual(bytes);
      const before = puts().length;
      await put(store);
      expect([await stage.stat(id), puts().length]).toEqual([null, before]);
      await store.delete(id);
      expect(await store.stat(id)).toBeNull();
      await expect(store.handOn(id, bytes.length)).rejects.toThrow('not here');
    });
  });

  describe('FileWalrusIndex', () => {
    const entry = { size: 1, chunks: ['a'], parts: [{ blobId: 'b', size: 1, endEpoch: 3 }] };

    it('survives a line cut short, and writes one line of each file when it is opened', async () => {
      const path = join(test.directory, 'another');
      {
        await using index = await FileWalrusIndex.open(path);
        await index.save('one', entry);
        await index.save('one', { ...entry, size: 2 });
      }
      await appendFile(path, '{"id":"two","ent');
      await using index = await FileWalrusIndex.open(path);
      expect([await index.find('one'), await index.find('two')]).toEqual([{ ...entry, size: 2 }, null]);
      await index.save('three', entry);
      expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
    });

    it('says that it is damaged in the middle rather than losing what was stored', async () => {
      const path = join(test.directory, 'damaged');
      await writeFile(path, 'nonsense\n{"id":"one","entry":null}\n');
      await expect(FileWalrusIndex.open(path)).rejects.toThrow('Line 1');
    });
  });
});
