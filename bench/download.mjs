/**
 * Downloading a file from a hub as a node does, every chunk verified before it counts and the whole at the end, into a
 * file: throughput beside plain sha256 of the same bytes, and peak memory. Client and hub are processes of their own.
 * Run: npm run build && node bench/download.mjs [megabytes …]      (default 100 2000)
 */
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chunkBytes, createPrivateKey } from '@callable/protocol';
import { completeUpload, createClient, createUpload, readFile } from '@callable/sdk';
import { timeHash, writeWeights } from './support/plain.mjs';
import { describeFile, sendMissing } from './support/send-file.mjs';
import { peakMegabytes, startHubAlone } from './support/start-server.mjs';

if (process.send) process.once('message', (task) => download(task));
else await measureAll(process.argv.slice(2).map(Number));

async function measureAll(sizes) {
  const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
  try {
    for (const megabytes of sizes.length > 0 ? sizes : [100, 2000]) await measure(directory, megabytes);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(directory, megabytes) {
  const source = join(directory, 'source');
  await writeWeights(source, megabytes * 1e6);
  const dataDir = join(directory, `hub-${megabytes}`);
  const file = await describeFile('weights.bin', source);
  await publish(dataDir, file, source);
  // Started anew: its peak is then that of the download.
  const hub = await startHubAlone(dataDir);
  try {
    const hashSeconds = await timeHash(source);
    const child = fork(fileURLToPath(import.meta.url));
    const answered = new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`The download ended with ${code}.`)));
    });
    child.send({ url: hub.url, file, target: join(directory, 'target') });
    const { seconds } = await answered;
    const client = peakMegabytes(child.pid);
    child.disconnect();
    const rate = megabytes / seconds;
    console.log(
      [
        `${megabytes} MB: sha256 ${(megabytes / hashSeconds).toFixed(0)} MB/s`,
        `verified download ${rate.toFixed(0)} MB/s = ${((rate * hashSeconds) / megabytes).toFixed(2)} x sha256`,
        `peak client ${client.toFixed(0)} MB, hub ${peakMegabytes(hub.pid).toFixed(0)} MB`,
      ].join('\n  '),
    );
  } finally {
    await hub.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function publish(dataDir, { path: _, ...file }, source) {
  const hub = await startHubAlone(dataDir);
  try {
    const client = createClient(hub.url, { key: createPrivateKey((length) => randomBytes(length)) });
    const upload = await createUpload(client, { files: [file] });
    await sendMissing(client, upload, source);
    const { missing } = await completeUpload(client, upload.id);
    if (missing.length > 0) throw new Error('The upload is not complete.');
  } finally {
    await hub.stop();
  }
}

async function download({ url, file, target }) {
  const start = performance.now();
  const output = await open(target, 'w');
  const whole = createHash('sha256');
  const chunk = Buffer.alloc(chunkBytes);
  let [index, filled] = [0, 0];
  const settle = async () => {
    const bytes = chunk.subarray(0, filled);
    if (createHash('sha256').update(bytes).digest('hex') !== file.chunks[index])
      throw new Error(`Chunk ${index} is wrong.`);
    whole.update(bytes);
    await output.write(bytes, 0, filled, index * chunkBytes);
    index++;
    filled = 0;
  };
  for await (const piece of await readFile(createClient(url), file.sha256)) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + chunkBytes - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === chunkBytes) await settle();
    }
  }
  if (filled > 0) await settle();
  if (whole.digest('hex') !== file.sha256) throw new Error('The file is wrong.');
  await output.sync();
  await output.close();
  process.send({ seconds: (performance.now() - start) / 1000 });
}
