import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addressOf,
  parsePrivateKey,
  receiptId,
  type SignedReceipt,
  verifyReceipt,
  zeroBytes32,
} from '@callable/protocol';
import { createReceipt } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openReceiptChain } from './open-receipt-chain.ts';

const key = parsePrivateKey('11'.repeat(32))!;
const {
  version: _v,
  node: _n,
  seq: _s,
  prev: _p,
  ...call
} = createReceipt({ release: 'aa'.repeat(32), model: 'bb'.repeat(32) });
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'callable-receipts-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const idOf = ({ signature: _, ...receipt }: SignedReceipt) => receiptId(receipt);

test('receipts count up and each names the one before it, however many are asked for at once', async () => {
  await using chain = await openReceiptChain(dataDir, key);
  const issued = await Promise.all(Array.from({ length: 2500 }, () => chain.issue(call)));
  const receipts = issued.map(({ receipt }) => receipt);
  expect(receipts.map((receipt) => receipt.seq)).toEqual(receipts.map((_, index) => index));
  expect(receipts[0]?.prev).toBe(zeroBytes32);
  for (const index of [1, 999, 1000, 2499]) expect(receipts[index]?.prev).toBe(idOf(receipts[index - 1]!));
  expect(verifyReceipt(receipts[2499]!, { node: addressOf(key) })).toMatchObject({
    ok: true,
    id: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('a clean stop goes on where it left, without a gap', async () => {
  const first = await openReceiptChain(dataDir, key);
  const { receipt: last, id } = await first.issue(call);
  expect(id).toBe(idOf(last));
  await first[Symbol.asyncDispose]();
  await expect(first.issue(call)).rejects.toMatchObject({ code: 'NodeUnavailable' });
  await using second = await openReceiptChain(dataDir, key);
  expect((await second.issue(call)).receipt).toMatchObject({ seq: 1, prev: idOf(last) });
});

test('kill -9: a restart never reuses a receipt number', async () => {
  const script = `
    import { openReceiptChain } from ${JSON.stringify(new URL('../../dist/receipts/open-receipt-chain.js', import.meta.url).href)};
    import { parsePrivateKey } from '@callable/protocol';
    const chain = await openReceiptChain(${JSON.stringify(dataDir)}, parsePrivateKey('${'11'.repeat(32)}'));
    for (let i = 0; i < 1234; i++) var last = await chain.issue(${JSON.stringify(call)});
    console.log(last.receipt.seq);
    setInterval(() => {}, 1000);`;
  const options = { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], options);
  const [used] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(Number(used)).toBe(1233);
  await using chain = await openReceiptChain(dataDir, key);
  const { receipt: next } = await chain.issue(call);
  expect(next.seq).toBeGreaterThan(1233);
  expect(next.prev).toBe(zeroBytes32);
});

test('attack: a damaged reservation does not make the node count from the start again', async () => {
  await (await openReceiptChain(dataDir, key))[Symbol.asyncDispose]();
  const [name = ''] = await readdir(dataDir);
  for (const damage of ['', '{', '{"reserved":-1,"prev":""}', '{"reserved":1e99}']) {
    await writeFile(join(dataDir, name), damage);
    await expect(openReceiptChain(dataDir, key)).rejects.toThrow('damaged');
  }
});
