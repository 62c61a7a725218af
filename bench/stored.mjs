/**
 * From the last byte of an upload to Stored: joining, publishing, and reading everything back, beside reading and
 * hashing the same file once. The hub is a process of its own.
 * Run: npm run build && node bench/stored.mjs [megabytes …]      (default 10 100 1000)
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf } from '@callable/protocol';
import { completeUpload, createClient, createUpload, getRelease, publishRelease } from '@callable/sdk';
import { describeRelease, randomKey, signPublish } from '@callable/stand-ins';
import { timeHash, writeWeights } from './support/plain.mjs';
import { describeFile, sendMissing } from './support/send-file.mjs';
import { startHubAlone } from './support/start-server.mjs';

const sizes = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const hub = await startHubAlone(join(directory, 'hub'));
const client = createClient(hub.url, { key: randomKey() });
try {
  for (const megabytes of sizes.length > 0 ? sizes : [10, 100, 1000]) await measure(megabytes);
} finally {
  await hub.stop();
  await rm(directory, { recursive: true, force: true });
}

async function measure(megabytes) {
  const source = join(directory, 'source');
  await writeWeights(source, megabytes * 1e6);
  const { path, ...file } = await describeFile('model.onnx', source);
  const upload = await createUpload(client, { files: [file] });
  await sendMissing(client, upload, source);
  const last = performance.now();
  const { missing } = await completeUpload(client, upload.id);
  if (missing.length > 0) throw new Error('The upload is not complete.');
  const joined = performance.now();
  const digest = await publish({ path, ...file }, `bench-${megabytes}`);
  const published = performance.now();
  await untilStored(digest);
  const stored = performance.now();
  const hashMs = (await timeHash(source)) * 1000;
  console.log(
    `${megabytes} MB: last byte to Stored ${(stored - last).toFixed(0)} ms = ${((stored - last) / hashMs).toFixed(2)} x reading and hashing it once (${hashMs.toFixed(0)} ms); ` +
      `join ${(joined - last).toFixed(0)}, publish ${(published - joined).toFixed(0)}, read back ${(stored - published).toFixed(0)} ms`,
  );
}

async function publish(file, name) {
  const manifest = describeRelease(
    {},
    {
      ...{ publisher: addressOf(client.key), name, entry: file.path, files: [file] },
      vectors: [{ name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 }],
      needs: { memoryBytes: 1000, opset: { 'ai.onnx': 17 } },
    },
  );
  return (await publishRelease(client, { manifest, statement: signPublish(client, manifest) })).digest;
}

async function untilStored(digest) {
  for (;;) {
    const { conditions } = await getRelease(client, digest);
    const stored = conditions.find((condition) => condition.type === 'Stored');
    if (stored.status === 'True') return;
    if (stored.status === 'False') throw new Error(`${stored.reason}: ${stored.message}`);
    await pause(5);
  }
}
