/**
 * From the last uploaded byte to Reachable for a 10 MB model, stage by stage, beside a bare sha256 of the same bytes
 * and a bare load and run in ONNX Runtime. Aim: 3 s or less at the median.
 * Run: npm run build && node bench/path.mjs [releases] [megabytes]
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalNetwork } from '@callable/local';
import { addressOf, chunkBytes } from '@callable/protocol';
import { completeUpload, createClient, createUpload, publishRelease, sendChunk, watchRelease } from '@callable/sdk';
import { describeRelease, lookupFields, lookupModel, randomKey, sha256, signPublish } from '@callable/stand-ins';

process.env.ORT_DISABLE_TELEMETRY = '1';
const releases = Number(process.argv[2] ?? 9);
const megabytes = Number(process.argv[3] ?? 10);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const network = await startLocalNetwork({ dataDir: directory, port: 0 });
const key = randomKey();
const client = createClient(network.url, { key });
try {
  const rows = [];
  for (let i = 0; i < releases; i++) rows.push(await walk(i));
  print(rows);
} finally {
  await network[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
}

/** One release of random weights: a matrix as large as asked for, and one row of it as the answer. */
async function walk(i) {
  const columns = 1000;
  const rows = Math.round((megabytes * 1e6) / (4 * columns));
  const weights = new Float32Array(randomBytes(4 * rows * columns).buffer.slice(0, 4 * rows * columns)).map((x) =>
    Number.isFinite(x) && Math.abs(x) < 1e3 ? x : 0.5,
  );
  const bytes = lookupModel(rows, columns, { raw: new Uint8Array(weights.buffer) });
  const bare = await measureBare(bytes);
  const fields = lookupFields(columns, [...weights.subarray(0, columns)]);
  const said = { publisher: addressOf(key), name: 'bench', version: `1.0.${i}`, ...fields };
  const needs = { memoryBytes: 4 * bytes.length, opset: { 'ai.onnx': 17 } };
  const manifest = describeRelease({ 'model.onnx': bytes }, { ...said, needs });
  const { path: _, ...file } = manifest.files[0];
  const upload = await createUpload(client, { files: [file] });
  const uploadStart = performance.now();
  for (const chunk of upload.missing)
    await sendChunk(
      client,
      upload.id,
      chunk,
      bytes.subarray(chunk.index * chunkBytes, chunk.index * chunkBytes + chunk.size),
    );
  const lastByte = performance.now();
  await completeUpload(client, upload.id);
  const completed = performance.now();
  const { digest } = await publishRelease(client, { manifest, statement: signPublish(client, manifest) });
  const published = performance.now();
  const seen = {};
  for await (const view of watchRelease(client, digest, { signal: AbortSignal.timeout(120_000) })) {
    for (const condition of view.conditions)
      if (condition.status === 'True') seen[condition.type] ??= performance.now();
    const failed = view.conditions.find((condition) => condition.status === 'False' && condition.type !== 'Reachable');
    if (failed) throw new Error(`${failed.reason}: ${failed.message}`);
    if (seen.Reachable) break;
  }
  return {
    upload: lastByte - uploadStart,
    complete: completed - lastByte,
    publish: published - completed,
    stored: seen.Stored - published,
    verified: seen.Verified - seen.Stored,
    reachable: seen.Reachable - seen.Verified,
    total: seen.Reachable - lastByte,
    ...bare,
  };
}

async function measureBare(bytes) {
  const start = performance.now();
  sha256(bytes);
  const hashed = performance.now();
  const path = join(directory, 'bare.onnx');
  await writeFile(path, bytes);
  const { default: ort } = await import('onnxruntime-node');
  const loadStart = performance.now();
  const session = await ort.InferenceSession.create(path);
  await session.run({ row: new ort.Tensor('int64', BigInt64Array.of(0n), [1]) });
  const loaded = performance.now();
  await session.release();
  return { bareHash: hashed - start, bareLoadRun: loaded - loadStart };
}

function print(rows) {
  const at = (stage) => median(rows.map((row) => row[stage]));
  console.log(`${rows.length} releases of ${megabytes} MB, medians in ms (worst)`);
  for (const stage of ['upload', 'complete', 'publish', 'stored', 'verified', 'reachable', 'total'])
    console.log(
      `${stage.padEnd(12)}${at(stage).toFixed(0).padStart(7)}  (${Math.max(...rows.map((row) => row[stage])).toFixed(0)})`,
    );
  console.log(`bare sha256 ${at('bareHash').toFixed(1)} ms, bare load and run ${at('bareLoadRun').toFixed(1)} ms`);
  console.log(
    `last byte to Reachable = ${(at('total') / at('bareLoadRun')).toFixed(1)} x bare load and run, ${(at('total') / at('bareHash')).toFixed(1)} x bare sha256`,
  );
}
