/**
 * Warm calls of a tiny model through /v1/run, with `wrk`: calls a second, percentiles, and CPU a call by process, at 1, 8 and 32
 * connections. Beside another checkout that is built (rounds interleaved) only the ratios mean something.
 *
 *   npm run build && node bench/warm-calls.mjs [seconds a round] [another checkout]
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cpuOf } from './support/process-cpu.mjs';

const seconds = Number(process.argv[2] ?? 5);
const other = process.argv[3];
const rounds = 3;
const here = fileURLToPath(new URL('..', import.meta.url));
const serve = fileURLToPath(new URL('support/tiny-network.mjs', import.meta.url));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const place = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const script = join(place, 'call.lua');
await writeFile(
  script,
  `wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{"x":[[1,2,3,4]]}'
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("%d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end`,
);
const checkouts = [...(other ? [['other', other]] : []), ['here', here]];
const networks = [];
try {
  for (const [label, directory] of checkouts) networks.push({ label, ...(await start(label, directory)) });
  for (const { url, reference } of networks) await load(url, reference, 8, 2);
  for (const connections of [1, 8, 32]) {
    const results = networks.map(() => []);
    for (let round = 0; round < rounds; round++)
      for (const [index, network] of networks.entries()) results[index].push(await measure(network, connections));
    print(connections, results);
  }
} finally {
  for (const { child } of networks) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  }
  await rm(place, { recursive: true, force: true });
}

async function start(label, directory) {
  const child = spawn(process.execPath, [serve, directory, join(place, label)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) {
    const line = chunk
      .toString()
      .split('\n')
      .find((text) => text.startsWith('{"url"'));
    if (!line) continue;
    child.stdout.resume();
    return { child, ...JSON.parse(line) };
  }
  throw new Error(`The network of ${label} did not start.`);
}

async function load(url, reference, connections, lasting) {
  const words = ['-t1', `-c${connections}`, `-d${lasting}`, '-s', script, `${url}/v1/run/${reference}`];
  const { stdout } = await promisify(execFile)('wrk', words);
  const [requests, microseconds, p50, p99, errors] = stdout.trim().split('\n').at(-1).split(' ').map(Number);
  if (errors > 0) throw new Error(`${errors} calls failed.`);
  return { requests, perSecond: (requests * 1e6) / microseconds, p50: p50 / 1000, p99: p99 / 1000 };
}

async function measure({ url, reference, pid }, connections) {
  const before = cpuOf(pid);
  const result = await load(url, reference, connections, seconds);
  const after = cpuOf(pid);
  const cpu = Object.fromEntries(
    Object.entries(after).map(([kind, ms]) => [kind, (1000 * (ms - (before[kind] ?? 0))) / result.requests]),
  );
  return { ...result, cpu };
}

function print(connections, results) {
  console.log(`\n${connections} connections, medians of ${rounds} rounds`);
  const tells = results.map((rows) => ({
    perSecond: median(rows.map((row) => row.perSecond)),
    p50: median(rows.map((row) => row.p50)),
    p99: median(rows.map((row) => row.p99)),
    cpu: Object.fromEntries(
      Object.keys(rows[0].cpu).map((kind) => [kind, median(rows.map((row) => row.cpu[kind] ?? 0))]),
    ),
  }));
  const sum = ({ cpu }) => Object.values(cpu).reduce((all, us) => all + us, 0);
  for (const [index, { perSecond, p50, p99, cpu }] of tells.entries()) {
    const parts = Object.entries(cpu).map(([kind, us]) => `${kind} ${us.toFixed(0)}`);
    console.log(
      `  ${networks[index].label.padEnd(6)} ${perSecond.toFixed(0).padStart(6)} calls/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(1)} ms  CPU ${sum(tells[index]).toFixed(0)} us a call (${parts.join(', ')})`,
    );
  }
  if (tells.length < 2) return;
  const [base, now] = tells;
  console.log(
    `  ratio  ${(now.perSecond / base.perSecond).toFixed(2)}x calls/s, ${(sum(now) / sum(base)).toFixed(2)} of the CPU, main ${(now.cpu.main / base.cpu.main).toFixed(2)}`,
  );
}
