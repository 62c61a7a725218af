// Writes the part of specs/vectors/receipts.json that holds receipts of version 3; those of versions 1 and 2 stay as they
// are, for they are read for ever. The same on every machine. Run after a build: node scripts/write-receipt-vectors.mjs
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import {
  addressOf,
  encodeReceipt,
  growBatchTree,
  hashExtra,
  leafOfReceipt,
  parsePrivateKey,
  receiptOfBatch,
  signBatch,
  toHex,
  verifyReceipt3,
} from '@callable/protocol';

const path = new URL('../specs/vectors/receipts.json', import.meta.url);
const key = parsePrivateKey('11'.repeat(32));
const other = parsePrivateKey('22'.repeat(32));
const hash = (text) => createHash('sha256').update(text).digest('hex');
const zero32 = '0'.repeat(64);
const more = { note: 'what a later version says' };

const receiptOf = (seq, changes = {}) => ({
  ...{ version: 3, seq, release: hash('release'), request: hash(`request ${seq}`), inputs: hash(`inputs ${seq}`) },
  ...{ outputs: hash(`outputs ${seq}`), response: hash(`response ${seq}`), caller: addressOf(other) },
  ...{ startedAt: 1_780_000_000_000 + seq, finishedAt: 1_780_000_000_007 + seq, runtime: hash('runtime') },
  ...{
    auditClass: 0,
    end: 0,
    units: 1,
    tokensIn: 0,
    tokensOut: 0,
    extra: zero32,
    salt: hash(`salt ${seq}`),
    ...changes,
  },
});

function batchOf(receipts, changes = {}, by = key) {
  const tree = growBatchTree(receipts.map((one) => leafOfReceipt(encodeReceipt(one))));
  const header = {
    ...{ node: addressOf(key), session: `${'5e'.repeat(16)}${'1'.padStart(32, '0')}`, gateway: `0x${'9a'.repeat(20)}` },
    ...{ first: receipts[0].seq, count: receipts.length, root: toHex(tree.root), previous: zero32 },
    ...{ issuedAt: 1_780_000_000_100, ...changes },
  };
  return { ...signBatch(header, by), tree };
}

const alone = receiptOf(0);
const five = [
  receiptOf(40),
  receiptOf(41, { units: 3, auditClass: 1 }),
  receiptOf(42, { tokensIn: 5, tokensOut: 4_294_967_295, end: 1 }),
  receiptOf(43, { extra: hashExtra(more) }),
  receiptOf(44, { caller: `0x${'0'.repeat(40)}`, finishedAt: 1_780_000_000_044 }),
];
const [single, batch] = [batchOf([alone]), batchOf(five)];
const signed = five.map((one) => receiptOfBatch(one, batch.batch, batch.tree));
const forged = batchOf(five, {}, other);
const [first, second, , fourth] = signed;

const proved = (name, receipt) => {
  const { version: _, path: __, batch: ___, more: ____, ...fields } = receipt;
  const bytes = toHex(encodeReceipt({ ...fields, version: 3 }));
  const verdict = verifyReceipt3(receipt);
  if (!verdict.ok) throw new Error(`${name}: ${verdict.why}`);
  return { name, receipt, bytes, id: verdict.id, batch: verdict.batch };
};
const refused = (name, receipt) => {
  const verdict = verifyReceipt3(receipt);
  if (verdict.ok) throw new Error(`${name} is good`);
  return { name, receipt, why: verdict.why };
};

const batched = {
  about:
    'Receipts of version 3, each with its path and its batch. `bytes` are those of the leaf, `id` is the leaf, `batch` the EIP-712 hash of the header; `why` is what is wrong with a refused one.',
  valid: [
    proved('a batch of one', receiptOfBatch(alone, single.batch, single.tree)),
    ...signed.map((receipt, index) => proved(`number ${index + 1} of five`, receipt)),
    proved('with the open object that was signed', { ...fourth, more }),
  ],
  invalid: [
    refused('altered after it was signed', { ...first, units: 2 }),
    refused('with the path of another', { ...first, path: second.path }),
    refused('with a path that goes on', { ...first, path: [...first.path, zero32] }),
    refused('at the place of another', { ...first, seq: 41 }),
    refused('before its batch', { ...first, seq: 39 }),
    refused('behind its batch', { ...first, seq: 45 }),
    refused('ended before it began', { ...first, finishedAt: first.startedAt - 1 }),
    refused('with an open object that was not signed', { ...fourth, more: { note: 'another' } }),
    refused('under a header that was altered', { ...first, batch: { ...first.batch, previous: hash('another') } }),
    refused('under a header that another key signed', receiptOfBatch(five[0], forged.batch, forged.tree)),
  ],
};
const { about, valid, invalid } = JSON.parse(await readFile(path, 'utf8'));
await writeFile(path, `${JSON.stringify({ about, valid, invalid, batched }, null, 2)}\n`);
