/**
 * Releases one node verifies per second, and what a verification costs beside a bare load and run of the same vector
 * in one process. The files are already there; the statement is not signed and not sent.
 * Single verifications find both pools warm, as on a node that is not busy; then as many as a node takes at a time.
 * Run: npx tsc -b packages/node && node bench/verification.mjs [rounds] [--native-only] [model.onnx …]
 */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatTable } from '@callable/formats';
import { buildModel } from '@callable/formats/build';
import { completeSettings } from '@callable/node';
import { addressOf, createPrivateKey, digestJson, writePlainOutputs } from '@callable/protocol';
import { createRunnerPool } from '@callable/runtime';
import { describeRelease, sha256 } from '@callable/stand-ins';
import { createDemand } from '../packages/node/dist/cache/demand.js';
import { createHolds } from '../packages/node/dist/cache/holds.js';
import { createReplicaSet } from '../packages/node/dist/replicas/create-replica-set.js';
import { validateRelease } from '../packages/node/dist/tasks/validate-release.js';

process.env.ORT_DISABLE_TELEMETRY = '1';
const { default: ort } = await import('onnxruntime-node');
const [count = '15', ...rest] = process.argv.slice(2);
const rounds = Number(count);
const models = rest.filter((argument) => argument !== '--native-only');
/** What the wasm part costs is the difference. */
const nativeOnly = rest.length > models.length;
const datatypes = { float32: 'FP32', int64: 'INT64', float64: 'FP64', int32: 'INT32', float16: 'FP16', bool: 'BOOL' };
/** Runners that were used up are replaced in this time, on a machine that does nothing else. */
const refillMs = 2000;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const root = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const random = (length) => new Uint8Array(randomBytes(length));
const key = createPrivateKey(random);
const config = completeSettings({ hubUrl: 'http://127.0.0.1:1', dataDir: root, key });
const { memoryBytes } = config;
const runtime = createRunnerPool({ memoryBytes, limit: 64 });
const nobody = {
  load: async () => ({ ok: false, reason: 'LoadFailed', message: 'not asked' }),
  async [Symbol.asyncDispose]() {},
};
const adjudicator = nativeOnly ? nobody : createRunnerPool({ engine: 'wasm', memoryBytes: memoryBytes / 2, limit: 2 });
const releases = new Map();
const cache = { find: (digest) => releases.get(digest) ?? null, fetch: async (digest) => releases.get(digest) };
const clock = Date.now;
const parts = { config, clock, formats: formatTable, runtime, demand: createDemand(clock), holds: createHolds() };
const lifetime = new AbortController();
const set = createReplicaSet({
  ...parts,
  cache: { verify: async () => {} },
  quarantine: { recordCrash() {} },
  lifetime: lifetime.signal,
  onChange() {},
});
const log = { error: console.error };
const context = { ...parts, cache, replicas: set, adjudicator, address: addressOf(key), random, log };

try {
  const cases = models.length > 0 ? models : [await writeNet('tiny', 8), await writeNet('10 MB', 1600)];
  for (const path of cases) await measure(path);
} finally {
  for (const each of [set, runtime, adjudicator]) await each[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
}

async function measure(path) {
  const bare = [];
  const walls = [];
  let last = null;
  // The first round warms both pools and the disk up.
  for (let i = -1; i < rounds; i++) {
    const release = await describe(path, Math.max(i, 0));
    const bareMs = await bareLoadAndRun(path);
    await pause(refillMs);
    const began = performance.now();
    last = await validateRelease(context, { release: release.digest, epoch: i + 1 }, AbortSignal.timeout(120_000));
    const ms = performance.now() - began;
    if (!last.ok) throw new Error(`${last.reason}: ${last.message}`);
    await set.find(release.digest)?.[Symbol.asyncDispose]();
    if (i < 0) continue;
    bare.push(bareMs);
    walls.push(ms);
  }
  const began = performance.now();
  const many = await Promise.all(Array.from({ length: rounds }, (_, i) => describe(path, rounds + i)));
  const queue = [...many];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      await validateRelease(context, { release: next.digest, epoch: 1 }, AbortSignal.timeout(120_000));
      await set.find(next.digest)?.[Symbol.asyncDispose]();
    }
  };
  await Promise.all(Array.from({ length: config.tasks }, worker));
  const perSecond = (1000 * rounds) / (performance.now() - began);
  const { auditClass, spread, adjudication, findings } = last;
  console.log(
    `${basename(path)}: ${median(walls).toFixed(0)} ms (worst ${Math.max(...walls).toFixed(0)}), ` +
      `bare load and run ${median(bare).toFixed(1)} ms, ratio ${(median(walls) / median(bare)).toFixed(1)}; ` +
      `${config.tasks} at a time: ${perSecond.toFixed(2)} verifications/s`,
  );
  console.log(
    `  class ${auditClass}, spread ${spread}, ${adjudication?.runtime ?? 'not adjudicated'}, ` +
      `findings: ${findings.map(({ code }) => code).join(', ') || 'none'}`,
  );
}

/** A release of this model with one vector, whose answer is what the bare runtime gives. */
async function describe(path, patch) {
  const { session, feeds, inputs } = await open(path);
  const results = await session.run(feeds);
  const outputs = session.outputNames.map((name) => specOf(name, results[name]));
  const plain = (specs, tensors) =>
    JSON.parse(Buffer.from(writePlainOutputs(specs.map((spec) => tensorOf(spec, tensors[spec.name])))));
  await session.release();
  const directory = await mkdtemp(join(root, 'release-'));
  await copyFile(path, join(directory, 'model.onnx'));
  const { size } = await stat(path);
  const vector = {
    name: 'one',
    inputs: plain(inputs, feeds),
    outputs: plain(outputs, results),
    rtol: 1e-3,
    atol: 1e-4,
  };
  // Its name stands for its bytes: they may be large, and nothing fetches them.
  const file = { path: 'model.onnx', size, sha256: sha256(Buffer.from(path)), chunks: [] };
  const needs = { memoryBytes: 4 * size + 50e6, opset: { 'ai.onnx': 17 } };
  const said = { name: 'bench', version: `1.0.${patch}`, inputs, outputs, vectors: [vector], needs };
  const manifest = describeRelease({}, { ...said, files: [file] });
  const release = { digest: digestJson({ manifest, path }), manifest, directory };
  releases.set(release.digest, release);
  return release;
}

async function bareLoadAndRun(path) {
  const began = performance.now();
  const { session, feeds } = await open(path);
  await session.run(feeds);
  const ms = performance.now() - began;
  await session.release();
  return ms;
}

async function open(path) {
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  const feeds = {};
  const inputs = session.inputMetadata.map(({ name, type, shape }) => {
    const dims = shape.map((size) => (typeof size === 'string' ? 1 : size));
    const count = dims.reduce((product, size) => product * size, 1);
    const data = { float32: () => new Float32Array(count).fill(0.5), int64: () => new BigInt64Array(count).fill(1n) }[
      type
    ]?.();
    if (!data) throw new Error(`${basename(path)} takes ${type}, which this bench does not make up`);
    feeds[name] = new ort.Tensor(type, data, dims);
    return specOf(name, feeds[name]);
  });
  return { session, feeds, inputs };
}

function specOf(name, tensor) {
  return { name, datatype: datatypes[tensor.type], shape: [...tensor.dims] };
}

function tensorOf({ name, datatype, shape }, { data }) {
  return { name, datatype, shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** A square layer of weights and a relu, as large as the file is to be. */
async function writeNet(name, width) {
  const weights = Float32Array.from(
    { length: width * width },
    (_, i) => ((i * 7919) % 1000) / (500 * width) - 1 / width,
  );
  const bytes = buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n', width] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', width] }],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'w'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['y'] },
    ],
    initializers: [{ name: 'w', datatype: 'FP32', shape: [width, width], raw: new Uint8Array(weights.buffer) }],
  });
  const path = join(root, `${name}.onnx`);
  await writeFile(path, bytes);
  return path;
}
