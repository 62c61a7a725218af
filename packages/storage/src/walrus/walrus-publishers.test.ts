import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytes, createWalrusTest, id, put, putsOf, unhurried, type WalrusTest } from '../../test/create-walrus-test.ts';
import { piecesOf, readAll } from '../../test/describe-blob-store.ts';
import { type Answer, sha256, store as storeAnswer, text } from '../../test/serve-walrus.ts';

let test: WalrusTest;
beforeEach(async () => {
  test = await createWalrusTest();
});
afterEach(() => test[Symbol.asyncDispose]());

describe('a publisher', () => {
  it('that says in plain text that it is busy is asked again, and paid once', async () => {
    const busy = 'the publisher is receiving too many requests; please try again later';
    test.publisher.instead.push(text(429, busy), text(429, busy));
    await put(test);
    expect(putsOf(test)).toHaveLength(3);
    expect(putsOf(test)[0]).toBe('PUT /v1/blobs?epochs=5&permanent=true');
    // Busy means that nothing was stored, so nobody was asked for it.
    expect(test.aggregators.flatMap((one) => one.seen)).toEqual([]);
  });

  it('that refuses the size names the remedy, and is asked once', async () => {
    test.publisher.instead.push(text(413, 'length limit exceeded'));
    await expect(put(test)).rejects.toThrow(/length limit exceeded.*--max-body-size/);
    expect(putsOf(test)).toHaveLength(1);
    expect(await test.store.stat(id)).toBeNull();
  });

  it('whose answer was lost after it stored is not paid twice', async () => {
    await using test = await createWalrusTest(unhurried);
    test.publisher.instead.push(async (request, response, body) => {
      await storeAnswer(test.network)(request, { end: () => response.destroy() } as never, body);
    });
    await put(test);
    expect(putsOf(test)).toHaveLength(1);
    expect(await readAll(test.store, id)).toEqual(bytes);
    // What it was bought for is not known, and says so.
    expect(await test.store.expiry([id])).toEqual([{ id, endEpoch: null, epochsLeft: null, alarm: true }]);
    await test.store.renew([id], 5);
    expect(await test.store.expiry([id])).toEqual([{ id, endEpoch: 15, epochsLeft: 5, alarm: false }]);
  });

  it.each([
    ['that times out before it stored', text(504, 'upstream timed out')],
    ['that hides an error inside a 200', text(200, '{"error":{"failurePhase":"upload","errorMsg":"no confirmation"}}')],
    ['behind a proxy that answers 200 with a page', text(200, '<html>please log in</html>')],
    ['that answers nonsense', text(200, '{"newlyCreated":{"blobObject":{"blobId":7}}}')],
    [
      'that has not certified the blob',
      text(200, '{"alreadyCertified":{"blobId":"M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk"}}'),
    ],
  ])('%s is asked again after a look at the network', async (_case, answer) => {
    test.publisher.instead.push(answer);
    await put(test);
    expect(putsOf(test)).toHaveLength(2);
    expect(test.aggregators[0]?.seen[0]).toMatch(/^GET \/v1\/blobs\//);
    expect(await readAll(test.store, id)).toEqual(bytes);
  });

  it('that never answers is given up', async () => {
    await using silent = await createWalrusTest({ answerMs: 100 });
    const never = () => {};
    silent.publisher.instead.push(never, never, never);
    await expect(put(silent)).rejects.toThrow(/3 attempts.*gave no answer/);
    expect(await readdir(join(silent.directory, 'spool'))).toEqual([]);
  });

  describe('that is slow', () => {
    const keepLate =
      (on: WalrusTest, afterMs: number): Answer =>
      (request, _response, body) =>
        void setTimeout(() => storeAnswer(on.network)(request, { end() {} } as never, body), afterMs);

    it('and stores after its time is over is paid once: the network is watched before anything is sent again', async () => {
      await using slow = await createWalrusTest({ ...unhurried, answerMs: 50 });
      slow.publisher.instead.push(keepLate(slow, 300));
      await put(slow);
      expect(slow.publisher.seen).toHaveLength(1);
      expect(await readAll(slow.store, id)).toEqual(bytes);
    });

    it('is paid once also when the hub gave up on it and begins anew', async () => {
      await using slow = await createWalrusTest({ ...unhurried });
      const giveUp = new AbortController();
      slow.publisher.instead.push((request, response, body) => {
        keepLate(slow, 300)(request, response, body);
        giveUp.abort(new Error('enough'));
      });
      await expect(slow.store.put(id, bytes.length, piecesOf(bytes), { signal: giveUp.signal })).rejects.toThrow();
      await put(slow);
      expect(slow.publisher.seen).toHaveLength(1);
    });

    it('is sent nothing again while no aggregator can be heard', async () => {
      test.publisher.instead.push(text(504, 'upstream timed out'));
      for (const one of test.aggregators) one.instead.push(...Array.from({ length: 100 }, () => text(503, '')));
      await expect(put(test)).rejects.toThrow('it is not sent again');
      expect(putsOf(test)).toHaveLength(1);
      // And not by the next attempt either, until one can be.
      await expect(put(test)).rejects.toThrow('it is not sent again');
      expect(putsOf(test)).toHaveLength(1);
      for (const one of test.aggregators) one.instead.length = 0;
      await put(test);
      expect(putsOf(test)).toHaveLength(2);
    });
  });

  it('that breaks off before it has all bytes has stored nothing, and nobody is asked', async () => {
    await using large = await createWalrusTest(unhurried);
    const most = Buffer.alloc(8 * 2 ** 20, randomBytes(1021));
    large.publisher.breakOff = 1;
    await large.store.put(sha256(most), most.length, piecesOf(most));
    expect(large.publisher.seen).toHaveLength(2);
    expect(large.aggregators.flatMap((one) => one.seen)).toEqual([]);
  });

  it('that names the bytes otherwise is not believed', async () => {
    const other = 'M4hsZGQ1oCktdzegB6HnI6Mi28S2nqOPHxK-W7_4BUk';
    test.publisher.instead.push(text(200, JSON.stringify({ alreadyCertified: { blobId: other, endEpoch: 99 } })));
    await expect(put(test)).rejects.toThrow(`The publisher says that a part is ${other}`);
    expect(await test.store.stat(id)).toBeNull();
  });

  it('gets a new token for every attempt', async () => {
    let minted = 0;
    await using secured = await createWalrusTest({ mintToken: ({ size }) => `token-${++minted}-${size}` });
    secured.publisher.instead.push(text(504, ''));
    await put(secured);
    expect(secured.publisher.authorizations).toEqual(['Bearer token-1-50000', 'Bearer token-2-50000']);
  });
});
