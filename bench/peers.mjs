/**
 * Calls beside what others serve the same model files with, in one interleaved run: FastAPI, MLServer and KServe's server,
 * each with one process and one thread a model, and beside a bare loop of `session.run`. Prints calls/s, p50, p99, CPU of
 * all processes of a server per call (net of what it uses idle) and ratios; the load is made by wrk.
 *
 * Run: npm run build && node bench/peers.mjs [--seconds 4] [--rounds 3] [--connections 1,8,32] [--models tiny,digits,squeeze]
 *        [--model digits=FILE.onnx]   a file instead of the model made here; its inputs have to be FP32
 *        [--peers fastapi,mlserver,kserve]   [--baseline DIR]   another checkout, built, to measure beside this one
 * The whole of it takes a quarter of an hour. The first run installs the peers, for minutes. Linux, Python 3.11 or newer.
 * On a busy machine trust the ratios of CPU, not the rates: a program of several processes waits more often for a core.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { sleep } from './floods/open-target.mjs';
import { checkAnswer } from './peers/check-answer.mjs';
import { measureBare } from './peers/measure-bare.mjs';
import { endAll, openServers } from './peers/open-servers.mjs';
import { printRows, printTable } from './peers/print-table.mjs';
import { bodiesOf, openModels } from './support/call-models.mjs';
import { stopCleanly } from './support/clone-ref.mjs';
import { cpuOfTree } from './support/watch-processes.mjs';
import { needWrk, sendLoad } from './support/wrk.mjs';

const text = (standard) => ({ type: 'string', default: standard });
const { values } = parseArgs({
  options: {
    ...{ seconds: text('4'), rounds: text('3'), connections: text('1,8,32'), models: text('tiny,digits,squeeze') },
    ...{ peers: text('fastapi,mlserver,kserve'), baseline: { type: 'string' } },
    model: { type: 'string', multiple: true, default: [] },
  },
});
const list = (words) => words.split(',').filter((word) => word !== '');
const seconds = Number(values.seconds);
const files = Object.fromEntries(values.model.map((word) => word.split('=', 2)));

needWrk();
const place = await mkdtemp(join(tmpdir(), 'callable-peers-'));
stopCleanly(place, endAll);
let servers = [];
try {
  const models = await openModels(list(values.models), files);
  const baseline = values.baseline && resolve(values.baseline);
  servers = await openServers({ models, peers: list(values.peers), baseline, place });
  const bodies = new Map();
  for (const model of models) {
    const drawn = model.draw();
    bodies.set(model.name, bodiesOf(drawn));
    for (const kind of ['plain', 'oip'])
      await writeFile(join(place, `${model.name}.${kind}`), bodies.get(model.name)[kind]);
    const expected = await model.run(drawn);
    for (const server of servers) await checkAnswer(server, model.name, bodies.get(model.name), expected);
  }
  const idle = await measureIdle(servers);
  const results = new Map();
  for (const model of models) results.set(model.name, await measureModel(model, idle));
  printTable(results, { bodies });
  printRows(results);
  console.log(`\nload average ${loadavg()[0].toFixed(1)}`);
} finally {
  await Promise.all(servers.map(({ stop }) => stop()));
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}

/** Milliseconds of CPU a second that a server uses when nobody calls. */
async function measureIdle(all) {
  await sleep(5000);
  const before = all.map(({ pid }) => cpuOfTree(pid));
  await sleep(5000);
  return new Map(all.map(({ name, pid }, n) => [name, (cpuOfTree(pid) - before[n]) / 5]));
}

async function measureModel(model, idle) {
  const found = new Map(list(values.connections).map((connections) => [Number(connections), new Map()]));
  for (const server of servers) await load(server, model, 4, 1);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [connections, byServer] of found) {
      const add = (name, cell) => byServer.set(name, [...(byServer.get(name) ?? []), cell]);
      add('bare session.run', await measureBare(model, seconds / 2));
      // Each round begins with another one: what follows a heavy one would always be the same.
      for (let n = 0; n < servers.length; n++) {
        const server = servers[(n + round) % servers.length];
        const before = cpuOfTree(server.pid);
        const began = performance.now();
        const cell = await load(server, model, connections, seconds);
        // What is still counted and filed when the load is over belongs to the calls.
        await sleep(500);
        const elapsed = (performance.now() - began) / 1000;
        const cpuMs = (cpuOfTree(server.pid) - before - idle.get(server.name) * elapsed) / cell.calls;
        add(server.name, { ...cell, cpuMs });
      }
    }
  return found;
}

function load(server, model, connections, length) {
  const body = join(place, `${model.name}.${server.body}`);
  return sendLoad({ url: server.url(model.name), body, connections, seconds: length, place });
}
