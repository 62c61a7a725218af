/**
 * A large release published through a line that is cut: the client killed at 25 %, the hub killed at 50 % and started
 * again, every connection reset at 75 % and silent at 80 %. Then it is called. A second release is killed with one
 * chunk left, and published again as another version. Prints how much was sent twice, peak memory and times.
 * Run: npm run build && node bench/interrupted.mjs [megabytes] [--no-interruptions]      (default 2000)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient, runModel } from '@callable/sdk';
import { writeLookupModel } from '@callable/stand-ins';
import { startCuttableProxy } from '../e2e/support/cuttable-proxy.mjs';

const chunkBytes = 4 * 1024 * 1024;
const callable = fileURLToPath(new URL('../packages/cli/bin/callable.js', import.meta.url));
const isCut = !process.argv.includes('--no-interruptions');
const megabytes = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 2000);

const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const env = {
  ...process.env,
  CALLABLE_HOME: join(directory, 'home'),
  CALLABLE_LOG_HEADS: 'off',
  CALLABLE_PREPARED: '1',
  TMPDIR: directory,
};
const peaks = { client: 0, hub: 0 };
const began = performance.now();
/** Whole numbers that are exact in a float, faster made than hashed; the first tells the row, the second the salt. */
const wide = {
  columns: 1000,
  fillRow(values, salt, row) {
    for (let at = 0; at < values.length; at++) values[at] = (row * 7919 + at * 104_729) % 65_521;
    values[0] = row;
    values[1] = salt;
  },
};
let client = null;
let network = null;
let proxy = null;
const watching = setInterval(watchMemory, 200);

try {
  const large = await writeLookupModel(join(directory, 'large'), megabytes * 1e6, 1, wide);
  network = await startNetwork(0);
  proxy = await startCuttableProxy(portOf(network.url));
  say(`${(large.bytes / 1e6).toFixed(0)} MB of model, ${chunksOf(large)} chunks`);
  if (isCut) await publishCut(large);
  else await report(large, () => untilPublished(publish(large, '1.0.0')));
  if (isCut) await publishAlmost(await writeLookupModel(join(directory, 'other'), megabytes * 1e6, 2, wide));
} finally {
  clearInterval(watching);
  client?.kill('SIGKILL');
  await proxy?.[Symbol.asyncDispose]();
  if (network) await stop(network.child);
  await rm(directory, { recursive: true, force: true });
}

async function publishCut(model) {
  const chunks = chunksOf(model);
  const arrived = (share) => proxy.until(() => proxy.acknowledged() >= share * chunks);
  await report(model, async () => {
    const killed = publish(model, '1.0.0');
    await arrived(0.25);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    note('client killed', chunks);

    const again = publish(model, '1.0.0');
    await arrived(0.5);
    network.child.kill('SIGKILL');
    await once(network.child, 'close');
    note('hub killed', chunks);
    network = await startNetwork(portOf(network.url));
    note('hub started again', chunks);

    await arrived(0.75);
    proxy.cut('reset');
    note('connections reset', chunks);
    await delay(5000);
    proxy.open();
    await arrived(0.8);
    proxy.cut('lost');
    note('connections silent', chunks);
    await delay(20_000);
    proxy.open();
    note('network back', chunks);
    return untilPublished(again);
  });
}

async function publishAlmost(model) {
  const chunks = chunksOf(model);
  for (const [words, left] of [
    ['killed at 99 %', Math.floor(chunks / 100)],
    ['killed with one chunk left', 1],
  ]) {
    const start = proxy.acknowledged();
    const from = left === 1 ? chunks - Math.floor(chunks / 100) : 0;
    const killed = publish(model, '1.0.0');
    await proxy.until(() => from + proxy.acknowledged() - start >= chunks - left);
    killed.kill('SIGKILL');
    await once(killed, 'close');
    say(`${words}: ${proxy.acknowledged() - start} chunks acknowledged in this run`);
  }
  const before = proxy.sent();
  await untilPublished(publish(model, '1.0.0'));
  say(`its last run sent ${inChunks(proxy.sent() - before)} chunks`);
  const again = proxy.sent();
  await untilPublished(publish(model, '1.0.1'));
  say(`the same bytes as another version sent ${inChunks(proxy.sent() - again)} chunks`);
}

/** Publishes, calls, and says what it came to. */
async function report(model, work) {
  const start = performance.now();
  const before = proxy.sent();
  const result = await work();
  const seconds = (performance.now() - start) / 1000;
  const { outputs } = await runModel(createClient(network.url), result.reference, { row: [model.rows - 1] });
  const isRight = JSON.stringify(outputs.y) === JSON.stringify([model.expected(model.rows - 1)]);
  const sent = proxy.sent() - before;
  const { timings } = result;
  watchMemory();
  console.log(
    [
      `${megabytes} MB: callable ${result.callable}, called with the right answer ${isRight}, ${seconds.toFixed(0)} s in all`,
      `sent ${(sent / model.bytes).toFixed(4)} x its size, ${inChunks(sent - model.bytes)} chunks twice`,
      `last run: hashed in ${timings.hashMs} ms, uploaded and joined in ${timings.uploadMs} ms, Stored ${timings.storedMs} ms and Reachable ${timings.reachableMs} ms after publishing`,
      `peak memory: client ${peaks.client.toFixed(0)} MB, hub with gateway and node ${peaks.hub.toFixed(0)} MB`,
    ].join('\n  '),
  );
}

function publish({ folder }, version) {
  const words = ['publish', folder, '--name', folder.split('/').at(-1), '--version', version];
  client = spawn(process.execPath, [callable, ...words, '--hub', proxy.url, '--json', '--timeout', '900'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface({ input: client.stderr }).on('line', (line) => /^(Network|error| next)/.test(line) && say(line));
  return client;
}

async function untilPublished(child) {
  let out = '';
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  await once(child, 'close');
  const result = JSON.parse(out);
  if (result.error) throw new Error(result.error.message);
  return result;
}

async function startNetwork(port) {
  const words = ['up', '--json', '--no-examples', '--port', String(port), '--data', join(directory, 'network')];
  const child = spawn(process.execPath, [callable, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) return { child, url: JSON.parse(line).url };
  throw new Error('The network did not start.');
}

async function stop(child) {
  const gone = once(child, 'close');
  child.kill('SIGINT');
  await gone;
}

function watchMemory() {
  peaks.client = Math.max(peaks.client, client ? peakOf(client.pid) : 0);
  peaks.hub = Math.max(peaks.hub, network ? peakOf(network.child.pid) : 0);
}

/** The most memory a process held so far, megabytes. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function note(what, chunks) {
  say(`${what}: ${proxy.acknowledged()} of ${chunks} chunks acknowledged, ${inChunks(proxy.sent())} chunks sent`);
}

function say(text) {
  console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}`);
}

function portOf(url) {
  return Number(new URL(url).port);
}

function chunksOf({ bytes }) {
  return Math.ceil(bytes / chunkBytes);
}

function inChunks(bytes) {
  return (bytes / chunkBytes).toFixed(2);
}
