/**
 * How long `callable up` takes to start again when its node holds calls kept for audits, beside the same start without them:
 * in turn, in one run, after a polite end and after a kill.
 * Run: npm run build && node bench/restart.mjs [megabytes kept, 1000] [another checkout, built]
 */
import { mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildModel } from '@callable/formats/build';
import { openTarget } from './floods/open-target.mjs';
import { root, stopCleanly } from './support/clone-ref.mjs';
import { cpuOfTree } from './support/watch-processes.mjs';
import { needWrk, sendLoad } from './support/wrk.mjs';

const [megabytes = '1000', other] = process.argv.slice(2);
const values = 1 << 18;
/** A node keeps calls for twenty minutes and 1 GB of them. */
const mostSeconds = 300;

const open = new Set();
needWrk();
const place = await mkdtemp(join(tmpdir(), 'callable-restart-'));
stopCleanly(place, () => {
  for (const target of open) process.kill(target.pid, 'SIGINT');
});
try {
  const checkouts = [...(other ? [['baseline', resolve(other)]] : []), ['working tree', root]];
  for (const [label, checkout] of checkouts) await measure(label, checkout);
  console.log(`must reach 3 s; load average ${loadavg()[0].toFixed(1)}`);
} finally {
  for (const target of open) await target.stop();
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}

async function measure(label, checkout) {
  const data = join(place, label.replace(' ', '-'));
  const first = await start(checkout, data);
  const kept = join(data, 'node', 'kept-calls');
  const body = join(place, 'body');
  await writeFile(body, JSON.stringify({ x: Array.from({ length: values }, (_, n) => Math.fround(Math.sin(n))) }));
  const reference = await publishSum(first.target);
  const url = `${first.target.url}/v1/run/${reference}`;
  const began = performance.now();
  while ((await sizeOf(kept)) < Number(megabytes) * 0.97e6 && performance.now() - began < mostSeconds * 1000)
    await sendLoad({ url, body, connections: 4, seconds: 5, place });
  const held = (await sizeOf(kept)) / 1e6;
  await end(first.target, 'SIGINT');
  const aside = `${kept}-aside`;
  for (const how of ['SIGINT', 'SIGKILL']) {
    await rename(kept, aside);
    const without = await start(checkout, data);
    await end(without.target, how);
    await rm(kept, { recursive: true, force: true });
    await rename(aside, kept);
    const withCalls = await start(checkout, data);
    await end(withCalls.target, how);
    const words = ({ seconds, cpu }) => `${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of CPU)`;
    console.log(
      `${label.padEnd(14)}${held.toFixed(0)} MB kept, before it ${how.padEnd(8)}ready after ${words(withCalls)}, without them ${words(without)}: ${(withCalls.seconds / without.seconds).toFixed(1)}x`,
    );
  }
  await rm(data, { recursive: true, force: true, maxRetries: 10 });
}

async function start(checkout, data) {
  const began = performance.now();
  const target = await openTarget(checkout, data);
  open.add(target);
  return { target, seconds: (performance.now() - began) / 1000, cpu: cpuOfTree(target.pid) / 1000 };
}

async function end(target, how) {
  if (how === 'SIGKILL') target.kill();
  await target.stop();
  open.delete(target);
}

/** A large body and next to no computation: it fills what is kept as fast as bodies are read. */
async function publishSum(target) {
  const bytes = buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op: 'ReduceMax', inputs: ['x'], outputs: ['y'] }],
  });
  const outputs = [{ name: 'y', datatype: 'FP32', shape: [1] }];
  const vectors = [{ name: 'one', inputs: { x: [1, 2] }, outputs: { y: [2] }, rtol: 1e-5, atol: 1e-6 }];
  const reference = await target.publish({ name: 'largest', bytes, outputs, vectors });
  await target.untilCallable(reference);
  return reference;
}

async function sizeOf(directory) {
  const names = await readdir(directory).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
