/**
 * How long a hub is away when its embedded database is killed: the whole server, or one backend of it, in turn, while calls go
 * on. Beside it, in the same run, how long the server alone takes to start again after the same kill.
 * Run: npm run build && node bench/outages.mjs            ten kills, a minute
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keepPostgres } from '../packages/postgres/dist/index.js';

const kills = 10;
const place = await mkdtemp(join(tmpdir(), 'callable-outages-'));
const program = fileURLToPath(new URL('../packages/cli/bin/callable.js', import.meta.url));
const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const say = (what, times) =>
  console.log(`${what.padEnd(46)}median ${Math.round(median(times))} ms, worst ${Math.round(Math.max(...times))} ms`);

async function measureServer() {
  const times = [];
  let told = () => undefined;
  const onEvent = (event) => event.kind === 'started' && told();
  const server = await keepPostgres({ dataDir: join(place, 'alone'), onEvent });
  for (let i = 0; i < kills; i++) {
    await delay(300);
    const back = new Promise((resolve) => {
      told = resolve;
    });
    const began = performance.now();
    process.kill(server.pid, 'SIGKILL');
    await back;
    times.push(performance.now() - began);
  }
  await server.stop();
  return times;
}

async function untilAnswers(url, status) {
  for (;;) {
    const response = await fetch(`${url}/v1/releases?limit=1`);
    await response.arrayBuffer();
    if (response.status === status) return;
    await delay(10);
  }
}

async function measureHub() {
  const words = ['up', '--json', '--port', '0', '--data', place];
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, HOME: place, CALLABLE_END_WITH_STDIN: '1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { url } = JSON.parse((await lines.next()).value);
    const { releases } = await (await fetch(`${url}/v1/releases`)).json();
    const iris = releases.find(({ reference }) => reference.includes('/iris@')).reference;
    const calls = { good: 0, failed: 0, longest: 0 };
    let isOver = false;
    const calling = (async () => {
      while (!isOver) {
        const began = performance.now();
        const body = JSON.stringify({ X: [[5.1, 3.5, 1.4, 0.2]] });
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(`${url}/v1/run/${iris}`, { method: 'POST', headers, body });
        await answer.arrayBuffer();
        calls[answer.ok ? 'good' : 'failed']++;
        calls.longest = Math.max(calls.longest, performance.now() - began);
        await delay(20);
      }
    })();
    const times = { server: [], backend: [] };
    for (let i = 0; i < kills; i++) {
      const pid = Number.parseInt(await readFile(join(place, 'hub/postgres/18/data/postmaster.pid'), 'utf8'), 10);
      const which = i % 2 === 0 ? 'server' : 'backend';
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
      process.kill(which === 'server' ? pid : Number(children.trim().split(' ').at(-1)), 'SIGKILL');
      const began = performance.now();
      await untilAnswers(url, 503);
      await untilAnswers(url, 200);
      times[which].push(performance.now() - began);
      await delay(1000);
    }
    isOver = true;
    await calling;
    return { times, calls };
  } finally {
    child.stdin.end();
    await ended;
  }
}

try {
  const alone = await measureServer();
  say('the server alone, killed, ready after', alone);
  const { times, calls } = await measureHub();
  say('server killed, hub reads answered after', times.server);
  say('one backend killed, hub reads answered after', times.backend);
  console.log(`the hub takes ${(median(times.server) / median(alone)).toFixed(1)} times as long as its server alone`);
  console.log(`calls meanwhile: ${calls.good} good, ${calls.failed} failed, longest ${Math.round(calls.longest)} ms`);
} finally {
  await rm(place, { recursive: true, force: true, maxRetries: 10 });
}
