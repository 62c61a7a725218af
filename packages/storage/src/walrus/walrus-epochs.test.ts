import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytes, createWalrusTest, id, put, putsOf, type WalrusTest } from '../../test/create-walrus-test.ts';
import { piecesOf } from '../../test/describe-blob-store.ts';
import { sha256, text } from '../../test/serve-walrus.ts';

let test: WalrusTest;
beforeEach(async () => {
  test = await createWalrusTest();
});
afterEach(() => test[Symbol.asyncDispose]());

describe('epochs', () => {
  it('a file whose epochs have passed is not there, and can be stored anew', async () => {
    await put(test);
    test.network.epoch = 14;
    expect(await test.store.expiry([id, 'f'.repeat(64)])).toEqual([{ id, endEpoch: 15, epochsLeft: 1, alarm: true }]);
    expect(await test.store.stat(id)).toEqual({ size: bytes.length });
    test.network.epoch = 15;
    expect(await test.store.stat(id)).toBeNull();
    expect(await test.store.read(id)).toBeNull();
    await put(test);
    expect(await test.store.expiry([id])).toMatchObject([{ endEpoch: 20, alarm: false }]);
  });

  it('all files of a release are renewed together, to one end; what cannot be is named', async () => {
    const other = randomBytes(1000);
    await put(test);
    test.network.epoch = 13;
    await test.store.put(sha256(other), other.length, piecesOf(other));
    const gone = 'f'.repeat(64);
    const renewal = await test.store.renew([id, sha256(other), gone], 10);
    expect(renewal).toMatchObject({ renewed: [id, sha256(other)], failed: [{ id: gone }] });
    expect(await test.store.expiry([id, sha256(other)])).toMatchObject([{ endEpoch: 23 }, { endEpoch: 23 }]);
    const before = putsOf(test).length;
    await test.store.renew([id, sha256(other)], 10);
    expect(putsOf(test)).toHaveLength(before);
  });

  it.each([
    ['was lost', (_request: unknown, response: ServerResponse) => void response.destroy()],
    ['hid an error inside a 200', text(200, '{"error":{"failurePhase":"register","errorMsg":"no coins"}}')],
  ])('that the blob is there proves no renewal: when its answer %s it is asked for again', async (_case, answer) => {
    await put(test);
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
    await put(test);
    test.network.epoch = 13;
    const part = (await test.index.find(id))?.parts[0];
    test.publisher.instead.push(text(200, JSON.stringify({ alreadyCertified: { ...part } })));
    expect(await test.store.renew([id], 10)).toMatchObject({ renewed: [], failed: [{ id }] });
  });
});
