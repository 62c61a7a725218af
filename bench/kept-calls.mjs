/**
 * How long a node takes to start on the calls it kept, and until it can show any of them: 1 GB of 3 MB calls, 1 GB of small
 * ones and 1 GB of the smallest, beside reading the files once, and, where another checkout is named, beside its way for a
 * tenth of it. And what keeping a call costs. Ends with an error where a call that was kept is not found again.
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
  ['the smallest calls', 10],
]) {
  console.log(title);
  for (const [name, { openKeptCalls }] of [['here', here], ...(before ? [['other', before]] : [])]) {
    const directory = await mkdtemp(join(tmpdir(), 'bench-kept-'));
    const total = name === 'here' ? gigabyte : gigabyte / 10;
    const { kept, microseconds } = await fill(directory, openKeptCalls, total, bytes);
    const reading = await time(() => readOnce(directory));
    const { ready, recovered, cpu } = await start(directory, openKeptCalls, kept);
    console.log(
      `  ${name}: ${kept.length} calls, ${(total / 1e6).toFixed(0)} MB: kept at ${microseconds.toFixed(1)} us CPU each; read once in ${reading.toFixed(0)} ms; ready after ${ready.toFixed(0)} ms, all found after ${recovered.toFixed(0)} ms (${(recovered / reading).toFixed(2)} of reading; ${cpu.toFixed(0)} ms CPU)`,
    );
    await rm(directory, { recursive: true });
  }
}

async function fill(directory, openKeptCalls, total, bytes) {
  const calls = await openKeptCalls(directory, options);
  const inputs = Buffer.alloc(bytes, 7);
  const outputs = Buffer.alloc(20, 8);
  const of = { release: `sha256:${'a'.repeat(64)}`, encoding: 'plain', salt: 'b'.repeat(64), inputs, outputs };
  const count = Math.floor(total / (bytes + 320));
  const begin = process.cpuUsage();
  const kept = Array.from({ length: count }, (_, n) => n);
  for (const n of kept) {
    calls.keep({ receipt: idOf(n), ...of, at: Date.now() });
    // As calls come: some in a tick, and never more than wait for a slow disk.
    if (n % 16 === 15) await new Promise(setImmediate);
    if (n % 64 === 63 && bytes > 1e6) await calls.find(idOf(n));
    if (n % 20_000 === 0) await calls.find(idOf(n));
  }
  await calls[Symbol.asyncDispose]();
  const { user, system } = process.cpuUsage(begin);
  return { kept, microseconds: (user + system) / count };
}

function idOf(n) {
  return (n * 2654435761).toString(16).padStart(16, '0').slice(-8).padEnd(64, '0');
}

async function start(directory, openKeptCalls, kept) {
  const begin = [performance.now(), process.cpuUsage()];
  const calls = await openKeptCalls(directory, options);
  const ready = performance.now() - begin[0];
  await calls.recovered;
  const recovered = performance.now() - begin[0];
  const { user, system } = process.cpuUsage(begin[1]);
  // Without this a start that finds nothing would look like a quick one: it did.
  for (let n = 0; n < kept.length; n += Math.ceil(kept.length / 50))
    if (!(await calls.find(idOf(kept[n])))) throw new Error(`call ${n} of ${kept.length} is not found after the start`);
  await calls[Symbol.asyncDispose]();
  return { ready, recovered, cpu: (user + system) / 1000 };
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
