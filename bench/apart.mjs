/**
 * `callable up` of a git ref beside the one of the working tree, turn by turn in one run: what calls take at eight
 * connections alone and while 250 MB are uploaded, what a request to the hub takes, the start, and the memory of the
 * process tree. Trust the ratios. Needs git and wrk.
 * Run: npm run build && node bench/apart.mjs [ref, or the directory of a built checkout] [rounds]      (default HEAD 3)
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { createUpload, watchRelease } from '@callable/sdk';
import { createUser, doublingRelease, publishDirectly } from '@callable/stand-ins';
import { env, root, stopCleanly } from './support/clone-ref.mjs';
import { listCheckouts } from './support/list-checkouts.mjs';
import { describeFile, sendMissing } from './support/send-file.mjs';

const [ref = 'HEAD', rounds = '3'] = process.argv.slice(2);
const run = promisify(execFile);
const place = await mkdtemp(join(tmpdir(), 'callable-bench-'));
const networks = new Set();
stopCleanly(place, () => {
  for (const { child } of networks) child.kill('SIGKILL');
});
const isBuilt = existsSync(join(ref, 'packages'));
const checkouts = isBuilt
  ? [
      [ref, ref],
      ['working tree', root],
    ]
  : await listCheckouts(ref, place);
const script = join(place, 'call.lua');
await writeFile(
  script,
  'wrk.method = "POST"\nwrk.body = \'{"x":[1,2,3]}\'\nwrk.headers["content-type"] = "application/json"\n',
);
const found = Object.fromEntries(checkouts.map(([name]) => [name, {}]));
const note = (name, what, value) => {
  found[name][what] = [...(found[name][what] ?? []), value];
};

try {
  const parties = [];
  for (const [name, directory] of checkouts) parties.push(await openParty(name, directory));
  for (let round = 0; round < Number(rounds); round++) for (const party of parties) await measure(party, round);
  for (const party of parties) await close(party.network);
  for (let round = 0; round < Number(rounds); round++)
    for (const { name, directory, data } of parties) {
      const began = performance.now();
      const network = await start(directory, data);
      note(name, 'second start to ready, s', (performance.now() - began) / 1000);
      await close(network);
    }
  print();
} finally {
  for (const { child } of networks) child.kill('SIGKILL');
  await rm(place, { recursive: true, force: true });
}

async function start(directory, data) {
  const words = [join(directory, 'packages/cli/bin/callable.js'), 'up', '--json', '--no-examples', '--port', '0'];
  const given = { ...env, CALLABLE_PREPARED: '1', CALLABLE_GATEWAY_ANONYMOUS_CALLS_PER_MINUTE: '0', HOME: place };
  const child = spawn(process.execPath, [...words, '--data', data], {
    env: given,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const network = { child };
  networks.add(network);
  for await (const line of createInterface({ input: child.stdout }))
    if (line.includes('"ready":true')) return Object.assign(network, JSON.parse(line));
  throw new Error('The network did not start.');
}

async function close(network) {
  const ended = once(network.child, 'exit');
  network.child.kill('SIGINT');
  await ended;
  networks.delete(network);
}

async function openParty(name, directory) {
  const data = join(place, `data-${networks.size}`);
  const network = await start(directory, data);
  const user = createUser(network.url);
  const release = doublingRelease({ publisher: user.address, name: 'double' });
  const { digest, reference } = await publishDirectly(user, release);
  for await (const view of watchRelease(user.client, digest)) if (view.callable) break;
  return { name, directory, data, network, user, digest, reference };
}

async function measure({ name, network, user, digest, reference }, round) {
  const { url } = network;
  const call = () => load(['-c8', '-t1', '-d5s', '-s', script, `${url}/v1/run/${reference}`]);
  const say = (where, { perSecond, p50, p99, failed }) => {
    note(name, `calls/s, ${where}`, perSecond);
    note(name, `p50 ms, ${where}`, p50);
    note(name, `p99 ms, ${where}`, p99);
    note(name, `not answered 200, ${where}`, failed);
  };
  if (round === 0) await call();
  say('calls alone', await call());
  say('hub document, 1 connection', await load(['-c1', '-t1', '-d3s', `${url}/v1/network`]));
  const source = join(place, 'upload');
  const block = Buffer.alloc(250e6);
  // Its own bytes each time: chunks that are known are not sent.
  for (let at = 0; at < block.length; at += 4096) block.writeDoubleLE(Math.random(), at);
  await writeFile(source, block);
  const { path: _, ...file } = await describeFile('any', source);
  note(name, 'upload of 250 MB alone, s', await timeUpload(user, file, source));
  block.writeDoubleLE(Math.random(), 8);
  for (let at = 0; at < block.length; at += 4096) block.writeDoubleLE(Math.random(), at);
  await writeFile(source, block);
  const { path: __, ...second } = await describeFile('any', source);
  const uploading = timeUpload(user, second, source);
  say('calls during an upload', await call());
  await uploading;
  note(name, '100 event streams to their first bytes, ms', await timeStreams(`${url}/v1/releases/${digest}/events`));
  note(name, 'memory of the tree (PSS), MB', await memoryOf(network.child.pid));
}

async function timeUpload({ client }, file, source) {
  const upload = await createUpload(client, { files: [file] });
  const began = performance.now();
  await sendMissing(client, upload, source);
  return (performance.now() - began) / 1000;
}

async function load(words) {
  const { stdout } = await run('wrk', ['--latency', ...words]);
  const ms = (percent) => {
    const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(stdout);
    return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
  };
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)[1]);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  return { perSecond, p50: ms(50), p99: ms(99), failed };
}

async function timeStreams(url) {
  const began = performance.now();
  const streams = Array.from({ length: 100 }, async () => {
    const asked = get(url, { agent: false });
    const [answer] = await once(asked, 'response');
    await once(answer, 'data');
    return asked;
  });
  const open = await Promise.all(streams);
  const tookMs = performance.now() - began;
  for (const asked of open) asked.destroy();
  return tookMs;
}

async function memoryOf(pid) {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const all = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const tree = [pid];
  for (const one of tree) tree.push(...all.filter(([, parent]) => parent === one).map(([child]) => child));
  const sizes = tree.map(async (one) => {
    const text = await readFile(`/proc/${one}/smaps_rollup`, 'utf8').catch(() => '');
    return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1000;
}

function print() {
  const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
  const [[before], [after]] = checkouts.length > 1 ? checkouts : [checkouts[0], checkouts[0]];
  console.log(`medians of ${rounds} rounds: ${before} | ${after} | ratio`);
  for (const what of Object.keys(found[after])) {
    const [one, two] = [median(found[before][what]), median(found[after][what])];
    console.log(
      `${what.padEnd(46)}${one.toFixed(2).padStart(10)}${two.toFixed(2).padStart(10)}${(two / one).toFixed(2).padStart(8)}`,
    );
  }
}
