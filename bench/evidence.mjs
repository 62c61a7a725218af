/**
 * What evidence costs: hashing, signing and checking a receipt beside the bare curve; the digest of tensors beside plain
 * sha256; what all parties of one call spend on evidence as a share of a model that takes 5 ms; and the fold of 100 000
 * statements, whole and one by one as the hub does it, beside parsing them. CPU time, best of five rounds.
 * Run: npm run build && node bench/evidence.mjs [statements]
 */
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  addressOf,
  conditionsAt,
  emptyNetworkState,
  emptyReleaseState,
  hashTyped,
  receiptStruct1,
  reduceNetwork,
  reduceRelease,
  requestStruct,
  rulesOf,
  signHash,
  signReceipt,
  verifyReceipt,
} from '@callable/protocol';
import { tensorDigest } from '@callable/protocol/tensor';

/** The curve as the protocol has it, without anything around it. */
const secp256k1 = createRequire(new URL('../packages/protocol/package.json', import.meta.url))('secp256k1/bindings.js');

const modelUs = 5000;
const hex = (length) => randomBytes(length).toString('hex');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Microseconds of CPU for one run, the least of five rounds: what disturbs only makes it longer. */
function cost(times, run) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) run(i);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / times);
  }
  return best;
}

const line = (name, us, note = '') => console.log(`${name.padEnd(58)} ${us.toFixed(2).padStart(10)} µs  ${note}`);
const times = (us, base) => `${(us / base).toFixed(2)} x`;

function receipts() {
  const key = randomBytes(32);
  const receipt = {
    version: 1,
    ...Object.fromEntries(['release', 'model', 'request', 'inputs', 'outputs', 'response'].map((f) => [f, hex(32)])),
    caller: `0x${hex(20)}`,
    node: addressOf(key),
    nonce: hex(32),
    startedAt: Date.now(),
    finishedAt: Date.now(),
    runtime: hex(32),
    auditClass: 1,
    evidence: hex(32),
    price: '0',
    asset: `0x${'0'.repeat(40)}`,
    paymentRef: hex(32),
    seq: 7,
    prev: hex(32),
  };
  const digest = randomBytes(32);
  const { signature, recid } = secp256k1.ecdsaSign(digest, key);
  const bareSign = cost(2000, () => secp256k1.ecdsaSign(digest, key));
  const bareRecover = cost(2000, () => secp256k1.ecdsaRecover(signature, recid, digest, false));
  const signed = signReceipt(receipt, key);
  const hash = cost(2000, () => hashTyped(receiptStruct1, receipt));
  const sign = cost(2000, () => signReceipt(receipt, key));
  const verify = cost(2000, () => verifyReceipt(signed, {}));
  console.log('receipt');
  line('  bare native sign', bareSign);
  line('  bare native recover', bareRecover);
  line('  hash (EIP-712)', hash);
  line('  sign', sign, `${times(sign, bareSign)} the bare sign`);
  line('  verify', verify, `${times(verify, bareRecover)} the bare recover`);
  return { sign, verify };
}

function digests() {
  const salt = randomBytes(32);
  const found = {};
  console.log('tensor digest');
  for (const [name, elements] of [
    ['16 B', 4],
    ['602 kB', 150_528],
  ]) {
    const bytes = new Uint8Array(randomBytes(elements * 4));
    // No NaN: the cost of looking for them is what is measured.
    for (let at = 3; at < bytes.length; at += 4) bytes[at] &= 0x3f;
    const tensor = { name: 'x', datatype: 'FP32', shape: [1, elements], data: bytes };
    const rounds = elements > 1000 ? 50 : 5000;
    const plain = cost(rounds, () => sha256(bytes));
    found[name] = cost(rounds, () => {
      const hash = createHash('sha256');
      tensorDigest([tensor], salt, hash);
      return hash.digest('hex');
    });
    line(`  ${name}, plain sha256`, plain);
    line(`  ${name}, tensor digest`, found[name], times(found[name], plain));
  }
  return found;
}

function share({ sign, verify }, digest) {
  const small = digest['16 B'];
  const key = randomBytes(32);
  const request = Object.fromEntries(
    requestStruct.fields.map(([name, type]) => [
      name,
      type === 'string' ? '/v1/run/alice/iris' : type === 'bytes32' ? hex(32) : type === 'address' ? addressOf(key) : 1,
    ]),
  );
  const requestHash = cost(2000, () => hashTyped(requestStruct, request));
  const requestSign = cost(2000, () => signHash(hashTyped(requestStruct, request), key));
  const response = cost(5000, () => sha256(Buffer.alloc(200)));
  const node = 2 * small + response + sign;
  const gateway = requestHash + response + verify;
  const keyless = node + gateway;
  console.log(`evidence of one call, of a model that takes ${modelUs / 1000} ms`);
  line('  node: two tensor digests, response hash, signed receipt', node, percent(node));
  line('  gateway: request hash, response hash, receipt checked', gateway, percent(gateway));
  line('  on the way of a keyless call', keyless, percent(keyless));
  const signedCall = keyless + requestSign + verify;
  line('  on the way of a signed call (and checked by its caller)', signedCall + verify, percent(signedCall + verify));
  line('  afterwards in the hub: receipt checked again', verify, percent(verify));
}

const percent = (us) => `${((us / modelUs) * 100).toFixed(1)} % of the model`;

function reducer(total) {
  const hub = `0x${'a'.repeat(40)}`;
  const publisher = `0x${'b'.repeat(40)}`;
  const nodes = Array.from({ length: 5 }, (_, index) => `0x${String(index + 1).repeat(40)}`);
  const signature = `0x${'0'.repeat(130)}`;
  const t0 = 1_790_000_000_000;
  const entries = [];
  const say = (kind, subject, body, signer) => {
    const at = t0 + entries.length;
    entries.push({ loggedAt: at, statement: { kind, subject, body, issuedAt: at, signer, signature } });
  };
  const fine = { ok: true, reason: 'VectorsPassed', message: 'All 3 vectors passed with onnxruntime-node 1.30.0.' };
  const runtime = { name: 'onnxruntime-node', version: '1.30.0' };
  while (entries.length < total) {
    const release = `sha256:${hex(32)}`;
    say('release.published', release, { publisher, name: 'iris', version: '1.0.0' }, publisher);
    say('release.stored', release, { ...fine, files: 1, bytes: 1 }, hub);
    say('release.drawn', release, { validators: nodes, quorum: 3, epoch: 1 }, hub);
    for (const node of nodes)
      say(
        'release.validated',
        release,
        { ...fine, epoch: 1, deterministic: true, runtime, loadMs: 5, peakBytes: 1, vectors: [] },
        node,
      );
    for (let probe = 0; probe < 20; probe++) say('release.probed', release, { ...fine, ms: 5, node: nodes[0] }, hub);
    for (let count = 0; count < 4; count++)
      say('release.called', release, { signed: 1, keyless: 0, own: 0, failed: 0, callers: 1, lastGoodAt: t0 }, hub);
  }
  const lines = entries.map((entry) => JSON.stringify(entry));
  const per100k = (us) => (us * 100_000) / lines.length / 1e6;
  const parse = cost(1, () => lines.map((text) => JSON.parse(text)));
  const full = cost(1, () => entries.reduce(reduceNetwork, emptyNetworkState(hub)));
  const kept = new Map();
  const oneByOne = cost(1, () => {
    kept.clear();
    const rules = rulesOf(emptyNetworkState(hub), entries[0]);
    for (const entry of entries) {
      const before = kept.get(entry.statement.subject);
      const state = reduceRelease(before ? JSON.parse(before) : emptyReleaseState(entry.loggedAt), entry, rules);
      kept.set(entry.statement.subject, JSON.stringify(state));
    }
  });
  const [digest] = kept.keys();
  if (conditionsAt(JSON.parse(kept.get(digest)), t0 + 1000, { policy: { epoch: 1 } })[2].status !== 'True')
    throw new Error('The fold is wrong.');
  console.log(`the fold, seconds of CPU for 100 000 statements (${lines.length} measured)`);
  console.log(`  parsing them as JSON                    ${per100k(parse).toFixed(2)} s`);
  console.log(
    `  the whole log at once                   ${per100k(full).toFixed(2)} s  ${times(full, parse)} the parsing`,
  );
  console.log(`  one by one, state kept as text (hub)    ${per100k(oneByOne).toFixed(2)} s  ${times(oneByOne, parse)}`);
}

const costs = receipts();
share(costs, digests());
reducer(Number(process.argv[2] ?? 100_000));
