/**
 * What Walrus blob IDs cost whoever waits for a first call: the CPU of one ID for a file of 100 bytes, and the time from
 * published to Reachable of many small releases at once, without IDs and with IDs due from the first moment, in one run.
 * Run: npm run build && node bench/identify.mjs [releases]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultHubConfig } from '@callable/hub';
import { startLocalNetwork } from '@callable/local';
import { addressOf } from '@callable/protocol';
import { completeUpload, createClient, createUpload, publishRelease, sendChunk, watchRelease } from '@callable/sdk';
import { describeRelease, doublingModel, randomKey, signPublish } from '@callable/stand-ins';
import { computeBlobIds } from '@callable/storage';

process.env.ORT_DISABLE_TELEMETRY = '1';
const releases = Number(process.argv[2] ?? 20);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

await measureOne();
const off = await walkAll('no blob IDs', 10 * 365 * 24 * 3600_000);
const on = await walkAll('blob IDs due at once', 0);
console.log(`median with / without: ${(on.median / off.median).toFixed(2)}`);

async function measureOne() {
  const piece = Buffer.alloc(100, 1);
  const cpu = process.cpuUsage();
  await computeBlobIds(
    (async function* () {
      yield piece;
    })(),
    piece.length,
  );
  const { user, system } = process.cpuUsage(cpu);
  console.log(`one blob ID of 100 bytes: ${((user + system) / 1e6).toFixed(2)} s of CPU`);
}

async function walkAll(name, identifyAfterMs) {
  const dataDir = await mkdtemp(join(tmpdir(), 'callable-bench-'));
  const walrusApi = { ...defaultHubConfig.walrusApi, identifyAfterMs };
  const network = await startLocalNetwork({ dataDir, port: 0, hub: { walrusApi } });
  try {
    const key = randomKey();
    const client = createClient(network.url, { key });
    const times = await Promise.all(Array.from({ length: releases }, (_, index) => walk(client, key, index)));
    const sorted = times.sort((a, b) => a - b);
    const median = at(sorted, 0.5);
    console.log(
      `${name.padEnd(22)}${releases} releases: median ${seconds(median)}, p90 ${seconds(at(sorted, 0.9))}, last ${seconds(sorted.at(-1))}`,
    );
    return { median };
  } finally {
    await network[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function walk(client, key, index) {
  const bytes = doublingModel({ salt: index });
  const vectors = [{ name: 'v', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 }];
  const said = { publisher: addressOf(key), name: `small-${index}`, vectors };
  const manifest = describeRelease({ 'model.onnx': bytes }, said);
  const { path: _, ...file } = manifest.files[0];
  const upload = await createUpload(client, { files: [file] });
  for (const chunk of upload.missing) await sendChunk(client, upload.id, chunk, bytes);
  await completeUpload(client, upload.id);
  const { digest } = await publishRelease(client, { manifest, statement: signPublish(client, manifest) });
  const published = performance.now();
  for await (const view of watchRelease(client, digest, { signal: AbortSignal.timeout(300_000) }))
    if (view.conditions.find(({ type }) => type === 'Reachable')?.status === 'True') break;
  return performance.now() - published;
}
