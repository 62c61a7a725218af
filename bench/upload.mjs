/**
 * A large release through `callable publish`: throughput beside plain sha256 of the same bytes and beside writing them
 * synced every 4 MiB, peak memory of client
 * and hub, and the time from the last byte to Stored. The model keeps its weights in an external file.
 * Run: npm run build && node bench/upload.mjs [megabytes …]      (default 100 2000)
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookupModel } from '@callable/stand-ins';
import { timeHash, timeSyncedWrite, writeWeights } from './support/plain.mjs';
import { peakMegabytes, startServer } from './support/start-server.mjs';

const callable = fileURLToPath(new URL('../packages/cli/bin/callable.js', import.meta.url));
const sizes = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const env = {
  ...process.env,
  CALLABLE_HOME: join(directory, 'home'),
  CALLABLE_LOG_HEADS: 'off',
  CALLABLE_PREPARED: '1',
};
const network = await startServer(
  [callable, 'up', '--json', '--no-examples', '--port', '0', '--data', join(directory, 'network')],
  env,
);
try {
  for (const megabytes of sizes.length > 0 ? sizes : [100, 2000]) await measure(network.url, megabytes);
} finally {
  await network.stop();
  await rm(directory, { recursive: true, force: true });
}

async function measure(url, megabytes) {
  const folder = await mkdtemp(join(directory, 'model-'));
  const columns = 1000;
  const rows = Math.round((megabytes * 1e6) / (4 * columns));
  const weights = join(folder, 'weights.bin');
  await writeWeights(weights, 4 * rows * columns);
  const external = { location: 'weights.bin', offset: 0, length: 4 * rows * columns };
  await writeFile(join(folder, 'model.onnx'), lookupModel(rows, columns, { external }));
  await writeFile(join(folder, 'callable.json'), '{}');
  const hashSeconds = await timeHash(weights);
  const writeSeconds = await timeSyncedWrite(join(folder, 'plain'), 4 * rows * columns);
  const { result, peaks } = await publish(url, folder, megabytes);
  const { timings } = result;
  const rate = (ms) => megabytes / (ms / 1000);
  console.log(
    [
      `${megabytes} MB: callable ${result.callable}`,
      `sha256 ${(megabytes / hashSeconds).toFixed(0)} MB/s, synced write ${(megabytes / writeSeconds).toFixed(0)} MB/s`,
      `client hashing ${rate(timings.hashMs).toFixed(0)} MB/s`,
      `upload and join ${rate(timings.uploadMs).toFixed(0)} MB/s = ${(rate(timings.uploadMs) / (megabytes / hashSeconds)).toFixed(2)} x sha256, ${((rate(timings.uploadMs) * writeSeconds) / megabytes).toFixed(2)} x synced write`,
      `published to Stored ${timings.storedMs} ms`,
      `peak client ${peaks.client.toFixed(0)} MB, hub and node ${peaks.network.toFixed(0)} MB`,
    ].join('\n  '),
  );
  await rm(folder, { recursive: true });
}

function publish(url, folder, megabytes) {
  const child = spawn(
    process.execPath,
    [callable, 'publish', folder, '--name', `bench-${megabytes}`, '--hub', url, '--json', '--timeout', '600'],
    { env, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let peak = 0;
  const poll = setInterval(() => {
    peak = Math.max(peak, peakMegabytes(child.pid));
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
      else resolve({ result, peaks: { client: peak, network: peakMegabytes(network.pid) } });
    });
  });
}
