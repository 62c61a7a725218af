/**
 * What a receipt costs at both ends, in µs of CPU a call: signed by the batch (version 3: facts to leaf, tree, signature and
 * frame at the node; frame, leaves, tree and one check at the gateway) beside one signature and one check a call (version 2).
 *
 *   node scripts/prepare.mjs && node bench/batches.mjs [calls per round]
 */
import { randomBytes } from 'node:crypto';
import { addressOf, createPrivateKey, issueReceipt, openReceiptSession, verifyReceipt } from '@callable/protocol';
import { decodeBatchPayload, encodeBatchPayload } from '../packages/protocol/dist/link/frames/batch-payload.js';
import { createBatchChecks } from '../packages/protocol/dist/link/sessions/check-batches.js';

const calls = Number(process.argv[2] ?? 3_000);
const random = (length) => new Uint8Array(randomBytes(length));
const hex = (length = 32) => randomBytes(length).toString('hex');
const key = createPrivateKey(random);
const node = addressOf(key);
const gateway = `0x${'9a'.repeat(20)}`;
const [zero32, zero20] = ['0'.repeat(64), `0x${'0'.repeat(40)}`];
const common = () => ({
  ...{ release: hex(), request: hex(), inputs: hex(), outputs: hex(), response: hex(), caller: zero20, salt: hex() },
  ...{ startedAt: 1, finishedAt: 2, runtime: zero32, auditClass: 0, end: 0, units: 1, tokensIn: 0, tokensOut: 0 },
  extra: zero32,
});

function cost(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

function single() {
  const more = {
    node,
    nonce: hex(),
    evidence: zero32,
    price: '0',
    asset: zero20,
    chain: 0,
    payment: zero32,
    prev: zero32,
  };
  const facts = Array.from({ length: calls }, (_, seq) => ({
    ...{ version: 2, model: hex(), session: zero32, batch: 0, audience: zero32, gateway, seq },
    ...common(),
    ...more,
  }));
  const issued = [];
  const sign = cost(() => {
    for (const one of facts) issued.push(issueReceipt(one, key).receipt);
  });
  const check = cost(() => {
    for (const receipt of issued) if (!verifyReceipt(receipt, { node }).ok) throw new Error('a receipt was refused');
  });
  return { sign, check };
}

function batched(size) {
  const start = hex(16);
  const session = start + '1'.padStart(32, '0');
  const payloads = [];
  const onBatch = ({ batch, entries }) =>
    payloads.push(encodeBatchPayload({ batch, receipts: entries.map(({ bytes }, stream) => ({ stream, bytes })) }));
  let flush = () => {};
  const afterTick = (work) => {
    flush = work;
  };
  const receipts = openReceiptSession({ key, session, gateway, clock: () => 3, afterTick, onBatch });
  const facts = Array.from({ length: calls }, common);
  const sign = cost(() => {
    for (const [index, one] of facts.entries()) {
      receipts.add(one, null);
      if ((index + 1) % size === 0) flush();
    }
    flush();
  });
  const checks = createBatchChecks(node, gateway);
  const check = cost(() => {
    for (const payload of payloads)
      if (!checks.check(payload, start.padEnd(64, '0'))) throw new Error('a batch was refused');
  });
  if (decodeBatchPayload(payloads[0]).batch.count !== Math.min(size, calls)) throw new Error('another size');
  return { sign, check };
}

const kinds = [['version 2', single], ...[1, 7, 26, 64].map((size) => [`batch of ${size}`, () => batched(size)])];
const rounds = new Map(kinds.map(([name]) => [name, []]));
for (const [, run] of kinds) run();
for (let round = 0; round < 3; round++) for (const [name, run] of kinds) rounds.get(name).push(run());
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
let base = 0;
for (const [name, all] of rounds) {
  const [sign, check] = [median(all.map((one) => one.sign)), median(all.map((one) => one.check))];
  base ||= sign + check;
  const share = ((sign + check) / base).toFixed(2);
  console.log(
    `${name.padEnd(12)} node ${sign.toFixed(1)} µs  gateway ${check.toFixed(1)} µs  both ${share} of version 2`,
  );
}
