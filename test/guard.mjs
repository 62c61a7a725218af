// Ends what a test run leaves. A process of its own, since a run that is killed with SIGKILL cleans nothing up.
// Arguments: the directory of the run, its pid. stdin is a pipe from the run: its end is the run's end.
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcessesOf } from './find-processes-of.mjs';

const [, , run, vitest] = process.argv;
const spared = new Set([process.pid, Number(vitest)]);
const sweeps = new Set();

/** A connection is a worker, its first line the directory it works in. The end of one is the end of the other. */
const server = createServer((worker) => {
  let directory;
  createInterface({ input: worker }).once('line', (line) => {
    directory = line;
  });
  worker.on('error', () => undefined);
  worker.once('close', () => {
    if (!directory) return;
    const sweeping = sweep(directory).finally(() => sweeps.delete(sweeping));
    sweeps.add(sweeping);
  });
}).listen(join(run, 'guard'), () => process.stdout.write('ready\n'));

process.stdin.resume().once('end', async () => {
  // Whoever is killed with the run must not end this one as well: its sentence would be heard by nobody.
  process.stdout.on('error', () => undefined);
  await Promise.all(sweeps);
  await sweep(run);
  server.close();
});

/** Kills until there is nothing more: what is killed may just have started another. */
async function sweep(directory) {
  let ended = 0;
  const segments = new Set();
  for (let round = 0; round < 100; round++) {
    const found = (await findProcessesOf(directory)).filter((pid) => !spared.has(pid));
    if (found.length === 0) break;
    for (const pid of found) for (const path of await listSegments(pid)) segments.add(path);
    for (const pid of found) ended += send(pid, 'SIGKILL');
    await delay(20);
  }
  for (const path of segments) await rm(path, { force: true });
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  if (ended > 0) process.stdout.write(`${ended} processes of ${directory} were left by tests, and ended.\n`);
}

/** Shared memory of a PostgreSQL. It outlives whoever is killed, and no later server looks for it. */
async function listSegments(pid) {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '');
  return new Set(maps.match(/\/dev\/shm\/PostgreSQL\.\d+$/gm));
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return 1;
  } catch {
    return 0;
  }
}
