import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytes, createWalrusTest, id, put, putsOf, unhurried, type WalrusTest } from '../../test/create-walrus-test.ts';
import { createDirectory, describeBlobStore, readAll } from '../../test/describe-blob-store.ts';
import { LocalBlobStore } from '../local/local-blob-store.ts';
import { StagedBlobStore } from './staged-blob-store.ts';

let test: WalrusTest;
beforeEach(async () => {
  test = await createWalrusTest();
});
afterEach(() => test[Symbol.asyncDispose]());

describeBlobStore('StagedBlobStore', async () => {
  const [test, directory] = await Promise.all([createWalrusTest(unhurried), createDirectory()]);
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

describe('StagedBlobStore', () => {
  it('a file taken in is handed on, read back from there, and only then no longer kept here', async () => {
    const stage = new LocalBlobStore(join(test.directory, 'stage'));
    const store = new StagedBlobStore(stage, test.store);
    await put({ store });
    expect([await test.store.stat(id), putsOf(test)]).toEqual([null, []]);
    await store.handOn(id, bytes.length);
    await store.handOn(id, bytes.length);
    expect(putsOf(test)).toHaveLength(1);
    await stage.delete(id);
    expect(await readAll(store, id)).toEqual(bytes);
    const before = putsOf(test).length;
    await put({ store });
    expect([await stage.stat(id), putsOf(test).length]).toEqual([null, before]);
    await store.delete(id);
    expect(await store.stat(id)).toBeNull();
    await expect(store.handOn(id, bytes.length)).rejects.toThrow('not here');
  });
});
