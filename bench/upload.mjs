/**
 * A large release through `callable publish`: throughput beside plain sha256 of the same bytes, peak memory of client
 * and hub, and the time from the last byte to Stored. The model keeps its weights in an external file.
 * Run: npm run build && node bench/upload.mjs [megabytes …]      (default 10 100)
 */
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildModel } from '@callable/onnx';

const callable = fileURLToPath(new URL('../packages/cli/bin/callable.js', import.meta.url));
const sizes = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const env = { ...process.env, CALLABLE_HOME: join(directory, 'home'), CALLABLE_PREPARED: '1' };
const network = spawn(
  process.execPath,
  [callable, 'up', '--json', '--no-examples', '--port', '0', '--data', join(directory, 'network')],
  {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
try {
  const url = await readUrl();
  for (const megabytes of sizes.length > 0 ? sizes : [10, 100]) await measure(url, megabytes);
} finally {
  network.kill('SIGINT');
  await new Promise((resolve) => network.once('exit', resolve));
  await rm(directory, { recursive: true, force: true });
}

async function readUrl() {
  for await (const line of createInterface({ input: network.stdout })) return JSON.parse(line).url;
  throw new Error('The network did not start.');
}

async function measure(url, megabytes) {
  const folder = await mkdtemp(join(directory, 'model-'));
  const columns = 1000;
  const rows = Math.round((megabytes * 1e6) / (4 * columns));
  const weights = join(folder, 'weights.bin');
  await writeWeights(weights, 4 * rows * columns);
  await writeFile(
    join(folder, 'model.onnx'),
    buildModel({
      inputs: [{ name: 'row', datatype: 'INT64', shape: [1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [1, columns] }],
      nodes: [{ op: 'Gather', inputs: ['w', 'row'], outputs: ['y'] }],
      initializers: [
        {
          name: 'w',
          datatype: 'FP32',
          shape: [rows, columns],
          external: { location: 'weights.bin', offset: 0, length: 4 * rows * columns },
        },
      ],
    }),
  );
  await writeFile(join(folder, 'callable.json'), '{}');
  const hashSeconds = await timeHash(weights);
  const { result, peakMegabytes } = await publish(url, folder, megabytes);
  const { timings } = result;
  const rate = (ms) => megabytes / (ms / 1000);
  console.log(
    [
      `${megabytes} MB: callable ${result.callable}`,
      `sha256 ${(megabytes / hashSeconds).toFixed(0)} MB/s`,
      `client hashing ${rate(timings.hashMs).toFixed(0)} MB/s`,
      `upload and join ${rate(timings.uploadMs).toFixed(0)} MB/s = ${(rate(timings.uploadMs) / (megabytes / hashSeconds)).toFixed(2)} x sha256`,
      `published to Stored ${timings.storedMs} ms`,
      `peak client ${peakMegabytes.client.toFixed(0)} MB, hub and node ${peakMegabytes.network.toFixed(0)} MB`,
    ].join('\n  '),
  );
  await rm(folder, { recursive: true });
}

async function writeWeights(path, bytes) {
  const file = await open(path, 'w');
  const piece = Buffer.alloc(1 << 20);
  for (let at = 0; at < bytes; at += piece.length) {
    randomFillSync(piece);
    // Finite numbers: a NaN in the weights would not equal itself.
    for (let i = 3; i < piece.length; i += 4) piece[i] &= 0x3f;
    await file.write(piece, 0, Math.min(piece.length, bytes - at));
  }
  await file.close();
}

async function timeHash(path) {
  const start = performance.now();
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece);
  hash.digest();
  return (performance.now() - start) / 1000;
}

function publish(url, folder, megabytes) {
  const child = spawn(
    process.execPath,
    [callable, 'publish', folder, '--name', `bench-${megabytes}`, '--hub', url, '--json', '--timeout', '600'],
    { env, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let peak = 0;
  const poll = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 50);
  let out = '';
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', () => {
      clearInterval(poll);
      const result = JSON.parse(out);
      if (result.error) reject(new Error(result.error.message));
      else resolve({ result, peakMegabytes: { client: peak, network: peakOf(network.pid) } });
    });
  });
}

/** The most memory a process held so far, megabytes. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
