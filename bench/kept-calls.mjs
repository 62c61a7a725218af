/**
 * How long a node takes to start on the calls it kept: 1 GB of 3 MB calls and 1 GB of small ones, beside reading the files
 * once, and, where another checkout is named, beside its way for a tenth of it. And what keeping a call costs.
 * Run: node scripts/prepare.mjs && node bench/kept-calls.mjs [DIRECTORY of another checkout that is built]
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const other = process.argv[2];
const module = 'packages/node/dist/kept-calls/open-kept-calls.js';
const here = await import(pathToFileURL(join(root, module)).href);
const before = other && (await import(pathToFileURL(join(other, module)).href));
const options = { windowMs: 3_600_000, diskBytes: 4e9, clock: Date.now, log: { warn: console.error } };
const gigabyte = 1e9;

for (const [title, bytes] of [
  ['3 MB calls', 3_000_000],
  ['small calls', 300],
]) {
  console.log(title);
  for (const [name, { openKeptCalls }] of [['here', here], ...(before ? [['other', before]] : [])]) {
    const directory = await mkdtemp(join(tmpdir(), 'bench-kept-'));
    const total = name === 'here' ? gigabyte : gigabyte / 10;
    const { calls, microseconds } = await fill(directory, openKeptCalls, total, bytes);
    const reading = await time(() => readOnce(directory));
    const starting = await time(async () => (await openKeptCalls(directory, options))[Symbol.asyncDispose]());
    console.log(
      `  ${name}: ${calls} calls, ${(total / 1e6).toFixed(0)} MB: kept at ${microseconds.toFixed(1)} us CPU each; read once in ${reading.toFixed(0)} ms; recovered in ${starting.toFixed(0)} ms (${(starting / reading).toFixed(2)} of reading)`,
    );
    await rm(directory, { recursive: true });
  }
}

async function fill(directory, openKeptCalls, total, bytes) {
  const kept = await openKeptCalls(directory, options);
  const inputs = Buffer.alloc(bytes, 7);
  const outputs = Buffer.alloc(100, 8);
  const of = { release: `sha256:${'a'.repeat(64)}`, encoding: 'plain', salt: 'b'.repeat(64), inputs, outputs };
  const calls = Math.floor(total / (bytes + 400));
  const start = process.cpuUsage();
  let last = '';
  for (let n = 0; n < calls; n++) {
    last = (n * 2654435761).toString(16).padStart(16, '0').slice(-8).padEnd(64, '0');
    kept.keep({ ...of, receipt: last, at: Date.now() });
    // As calls come: some in a tick, and never more than wait for a slow disk.
    if (n % 16 === 15) await new Promise(setImmediate);
    if (n % 64 === 63 && bytes > 1e6) await kept.find(last);
    if (n % 20_000 === 0) await kept.find(last);
  }
  if (!(await kept.find(last))) throw new Error('the last call was not kept');
  await kept[Symbol.asyncDispose]();
  const { user, system } = process.cpuUsage(start);
  return { calls, microseconds: (user + system) / calls };
}

async function readOnce(directory) {
  for (const name of await readdir(directory))
    for await (const _ of createReadStream(join(directory, name), { highWaterMark: 1 << 20 }));
}

async function time(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
