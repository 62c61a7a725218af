import { randomBytes } from 'node:crypto';
import {
  type Address,
  addressOf,
  type BatchHeader,
  isBatchFork,
  parsePrivateKey,
  type Receipt3,
  receiptOfBatch,
  type SignedEntries,
  toHex,
  verifyReceipt3,
  zeroBytes32,
} from '@callable/protocol';
import { factsOf } from '@callable/stand-ins';
import { expect, test } from 'vitest';
import { openReceipts } from './open-receipts.ts';

const key = parsePrivateKey('11'.repeat(32))!;
const gateway = `0x${'9a'.repeat(20)}` as Address;
const random = (length: number) => new Uint8Array(randomBytes(length));
const digest = `sha256:${'aa'.repeat(32)}` as const;
const facts = factsOf({ digest } as never, { request: 'bb'.repeat(32), caller: gateway }, new Uint8Array());
const open = (clock = Date.now) => openReceipts(key, { random, clock });

/** One batch for each of these numbers of answers, a tick apart. */
async function sign(receipts: ReturnType<typeof open>, counts: readonly number[]): Promise<SignedEntries<number>[]> {
  const batches: SignedEntries<number>[] = [];
  const session = receipts.open<number>(gateway, (batch) => batches.push(batch));
  for (const count of counts) {
    for (let index = 0; index < count; index++) session.add({ ...facts, salt: toHex(receipts.salt()) }, index);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return batches;
}

test('answers of one tick are one batch, and batches are numbered and chained from 0', async () => {
  const batches = await sign(open(), [3, 1, 64, 65]);
  expect(batches.map(({ batch: { first, count } }) => [first, count])).toEqual([
    [0, 3],
    [3, 1],
    [4, 64],
    [68, 64],
    [132, 1],
  ]);
  expect(batches.map(({ batch }) => batch.previous)).toEqual([
    zeroBytes32,
    ...batches.slice(0, -1).map(({ id }) => id),
  ]);
  for (const { batch, tree, entries } of batches)
    for (const { receipt, id } of entries)
      expect(verifyReceipt3(receiptOfBatch(receipt, batch, tree))).toMatchObject({ ok: true, id });
  const salts = batches.flatMap(({ entries }) => entries.map(({ receipt }: { receipt: Receipt3 }) => receipt.salt));
  expect(new Set(salts).size).toBe(133);
});

test('a clock that is set back signs nothing before the answers in it were ready', async () => {
  const [batch] = await sign(
    open(() => 5),
    [1],
  );
  expect(batch!.batch.issuedAt).toBe(batch!.entries[0]!.receipt.finishedAt);
});

test('two links, a copy, or a node started twice give no number of each other: nothing of it is a fork', async () => {
  const [one, copy] = [open(), open()];
  expect(one.id).toMatch(/^[0-9a-f]{32}0{32}$/);
  expect(one.id).not.toBe(copy.id);
  const headers = (await Promise.all([sign(one, [2]), sign(one, [2]), sign(copy, [2])])).map(([first]) => first!.batch);
  expect(new Set(headers.map(({ session }: BatchHeader) => session)).size).toBe(3);
  expect(headers[0]!.session.slice(0, 32)).toBe(one.id.slice(0, 32));
  for (const first of headers)
    for (const second of headers) expect(isBatchFork({ first, second }, addressOf(key))).toBe(false);
});
