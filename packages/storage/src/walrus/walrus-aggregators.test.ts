import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytes, createWalrusTest, id, put, type WalrusTest } from '../../test/create-walrus-test.ts';
import { readAll } from '../../test/describe-blob-store.ts';
import { give, text } from '../../test/serve-walrus.ts';

let test: WalrusTest;
beforeEach(async () => {
  test = await createWalrusTest();
});
afterEach(() => test[Symbol.asyncDispose]());

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
    await put(test);
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
    await put(test);
    const [first] = test.aggregators;
    first?.instead.push((_request, response) => void response.writeHead(206).write(bytes.subarray(0, 10)));
    expect(await readAll(test.store, id)).toEqual(bytes);
    const before = first?.seen.length;
    expect(await readAll(test.store, id)).toEqual(bytes);
    expect(first?.seen.length).toBe(before);
  });

  it('with a remembered 404 is asked by an address no cache has seen', async () => {
    await put(test);
    for (const one of test.aggregators) one.instead.push(text(404, 'not found'));
    expect(await readAll(test.store, id)).toEqual(bytes);
  });

  it('none of which tells the truth is an error, never wrong bytes', async () => {
    await put(test);
    for (const one of test.aggregators) one.instead.push(give(test.network, flip));
    await expect(readAll(test.store, id)).rejects.toMatchObject({ code: 'UploadMismatch' });
  });

  it('none of which answers is no damage: nothing is discarded', async () => {
    await put(test);
    for (const one of test.aggregators) one.instead.push(text(503, ''));
    await expect(test.store.discardDamaged(id)).rejects.toThrow('No aggregator delivered');
    expect(await test.store.stat(id)).toEqual({ size: bytes.length });
  });
});
