import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory } from '../../../test/describe-blob-store.ts';
import { describeWalrusIndex } from '../../../test/describe-walrus-index.ts';
import { FileWalrusIndex } from './file-walrus-index.ts';

let test: Awaited<ReturnType<typeof createDirectory>>;
beforeEach(async () => {
  test = await createDirectory();
});
afterEach(() => test[Symbol.asyncDispose]());

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

describe('FileWalrusIndex', () => {
  const entry = { size: 1, chunks: ['a'], parts: [{ blobId: 'b', size: 1, endEpoch: 3 }] };

  it('survives a line cut short, and writes one line of each file when it is opened', async () => {
    const path = join(test.path, 'another');
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
    const path = join(test.path, 'damaged');
    await writeFile(path, 'nonsense\n{"id":"one","entry":null}\n');
    await expect(FileWalrusIndex.open(path)).rejects.toThrow('Line 1');
  });
});
