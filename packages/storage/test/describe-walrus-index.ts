import { describe, expect, it } from 'vitest';
import type { WalrusEntry, WalrusIndex } from '../src/index.ts';

export type IndexUnderTest = AsyncDisposable & {
  index: () => WalrusIndex;
  /** Whatever a crash and a new process would do to it. */
  reopen: () => Promise<void>;
};

/** What every index of files on Walrus has to show. */
export function describeWalrusIndex(name: string, createIndex: () => Promise<IndexUnderTest>): void {
  describe(name, () => {
    const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(64)) as [string, string, string];
    const blobId = 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk' as WalrusEntry['parts'][number]['blobId'];
    const entry: WalrusEntry = {
      size: 10,
      chunks: ['a'.repeat(64), 'b'.repeat(64)],
      parts: [
        { blobId, size: 8, endEpoch: 3 },
        { blobId, size: 2, endEpoch: null },
      ],
    };

    it('gives back what was saved last, and nothing that was removed, also after it was opened anew', async () => {
      await using test = await createIndex();
      await Promise.all([one, two, three].map((id) => test.index().save(id, entry)));
      const renewed = { ...entry, parts: entry.parts.map((part) => ({ ...part, endEpoch: 9 })) };
      await test.index().save(two, renewed);
      await test.index().remove(three);
      const found = () => Promise.all([one, two, three].map((id) => test.index().find(id)));
      expect(await found()).toEqual([entry, renewed, null]);
      await test.reopen();
      expect(await found()).toEqual([entry, renewed, null]);
      await test.index().save(three, entry);
      expect(await test.index().find(three)).toEqual(entry);
    });

    it('forgetting what is not there is fine', async () => {
      await using test = await createIndex();
      await test.index().remove(one);
      expect(await test.index().find(one)).toBeNull();
    });

    it('many savings of one file at once end as one of them', async () => {
      await using test = await createIndex();
      const ends = [4, 5, 6, 7, 8, 9];
      const saved = ends.map((endEpoch) => ({ ...entry, parts: [{ blobId, size: 10, endEpoch }] }));
      await Promise.all(saved.map((value) => test.index().save(one, value)));
      expect(saved).toContainEqual(await test.index().find(one));
    });
  });
}
