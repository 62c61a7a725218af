/**
 * What one call costs a node, from `answerCall` to its answer, and its runner alone, in CPU of both processes: a tiny model, a
 * small net with 16 kB of JSON, a convolution with 3 MB. Beside a bare `session.run` loop, and beside another checkout that is
 * built, when one is named. All take turns in one run; trust the ratios, not the microseconds.
 * Run: node scripts/prepare.mjs && node bench/node-calls.mjs [DIRECTORY of another checkout]     ROUNDS=5 MS=700
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

process.env.ORT_DISABLE_TELEMETRY = '1';
const rounds = Number(process.env.ROUNDS ?? 5);
const roundMs = Number(process.env.MS ?? 700);
const only = process.env.ONLY ?? '';
const self = fileURLToPath(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const weights = (count) => Array.from({ length: count }, (_, i) => ((i * 7919) % 1000) / 5000 - 0.1);
const float = (name, shape) => ({ name, datatype: 'FP32', shape });
const cases = {
  tiny: {
    input: float('x', [1, 13]),
    output: float('y', [1, 13]),
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
    initializers: () => [],
  },
  'small net': {
    input: float('x', [1, 784]),
    output: float('y', [1, 10]),
    nodes: [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['r'] },
      { op: 'MatMul', inputs: ['r', 'b'], outputs: ['y'] },
    ],
    initializers: () => [
      { ...float('a', [784, 256]), values: weights(784 * 256) },
      { ...float('b', [256, 10]), values: weights(2560) },
    ],
  },
  image: {
    input: float('x', [1, 3, 224, 224]),
    output: float('y', [1, 64, 1, 1]),
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'w'],
        outputs: ['c'],
        attributes: { kernel_shape: { ints: [7, 7] }, strides: { ints: [2, 2] } },
      },
      { op: 'GlobalAveragePool', inputs: ['c'], outputs: ['y'] },
    ],
    initializers: () => [{ ...float('w', [64, 3, 7, 7]), values: weights(64 * 147) }],
  },
};
const ways = { 'runner alone': [1, 3, 8], node: [1, 8, 32] };

if (process.argv[2] === 'party') await serve(process.argv[3]);
else await main();

async function main() {
  const other = process.argv[2];
  const checkouts = [...(other ? [['other', other]] : []), ['here', root]];
  const parties = await Promise.all(checkouts.map(async ([name, directory]) => [name, await open(directory)]));
  const found = new Map();
  const note = (key, value) => found.set(key, [...(found.get(key) ?? []), value]);
  for (const title of Object.keys(cases).filter((name) => name.includes(only)))
    for (let round = -1; round < rounds; round++) {
      const bare = await parties.at(-1)[1].ask({ title, way: 'bare', at: 1 });
      if (round >= 0) note(`${title}|bare||`, bare);
      for (const [way, counts] of Object.entries(ways))
        for (const at of counts)
          for (const [name, party] of round % 2 ? parties : [...parties].reverse()) {
            const one = await party.ask({ title, way, at });
            if (round >= 0) note(`${title}|${way}|${at}|${name}`, one);
          }
    }
  for (const [, party] of parties) party.end();
  print(found);
}

function print(found) {
  console.log('model      way           at a time         calls/s  % of bare   us CPU main + runner');
  for (const [key, values] of found) {
    const [title, way, at, name] = key.split('|');
    const of = (member, from = values) => median(from.map((each) => each[member]));
    const share = (100 * of('perSecond')) / of('perSecond', found.get(`${title}|bare||`));
    console.log(
      `${title.padEnd(11)}${way.padEnd(14)}${at.padStart(3)}  ${name.padEnd(7)}${of('perSecond').toFixed(0).padStart(13)}${share.toFixed(1).padStart(10)}   ${of('main').toFixed(0).padStart(8)} + ${of('runner').toFixed(0)}`,
    );
  }
}

async function open(directory) {
  const child = fork(self, ['party', directory], {
    execArgv: (process.env.PARTY_ARGS ?? '').split(' ').filter(Boolean),
  });
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a party ended with ${code}`)));
  failed.catch(() => {});
  await Promise.race([once(child, 'message'), failed]);
  return {
    async ask(what) {
      child.send(what);
      return (await Promise.race([once(child, 'message'), failed]))[0];
    },
    end: () => child.send('end'),
  };
}

/** One checkout in a process of its own, which answers what it is asked to measure. */
async function serve(checkout) {
  const load = (path) => import(pathToFileURL(join(checkout, 'packages', path)).href);
  const [{ buildModel }, protocol, { createRunnerPool }, { startNode }, standIns] = await Promise.all(
    [
      'formats/dist/node/onnx/build/build-model.js',
      'protocol/dist/index.js',
      'runtime/dist/index.js',
      'node/dist/index.js',
      'stand-ins/dist/index.js',
    ].map(load),
  );
  const { default: ort } = await import('onnxruntime-node');
  const directory = await mkdtemp(join(tmpdir(), 'bench-node-'));
  const hub = await standIns.startNodeHub();
  const node = await startNode({
    ...{ hubUrl: hub.url, dataDir: join(directory, 'node'), gateways: [], peerListen: null, logLevel: 'silent' },
    key: protocol.parsePrivateKey('22'.repeat(32)),
  });
  await node.joined;
  const pool = createRunnerPool({ warm: 1 });
  const opened = new Map();

  async function prepare(title) {
    const { input, output, nodes, initializers } = cases[title];
    const bytes = buildModel({ inputs: [input], outputs: [output], nodes, initializers: initializers() });
    const place = await mkdtemp(join(directory, 'model-'));
    await writeFile(join(place, 'model.onnx'), bytes);
    const count = input.shape.reduce((a, b) => a * b, 1);
    // As `tolist()` of most clients writes an FP32: the digits of a double.
    const floats = Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
    const nest = (values, [size, ...rest]) =>
      rest.length === 0
        ? values
        : Array.from({ length: size }, (_, i) =>
            nest(values.slice((i * values.length) / size, ((i + 1) * values.length) / size), rest),
          );
    const body = Buffer.from(JSON.stringify({ x: nest([...floats], input.shape) }));
    const session = await ort.InferenceSession.create(join(place, 'model.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const feeds = { x: new ort.Tensor('float32', floats, input.shape) };
    const { model } = await pool.load({
      ...{ digest: 'bench', directory: place, entry: 'model.onnx', inputs: [input], outputs: [output] },
      limits: { memoryBytes: 2 ** 30, loadMs: 20_000, runMs: 20_000 },
    });
    const manifest = standIns.describeRelease(
      { 'model.onnx': bytes },
      { inputs: [input], outputs: [output], vectors: [] },
    );
    const release = hub.add(manifest, [bytes]);
    await hub.offer('warm', release);
    const head = { release, encoding: 'plain', caller: protocol.zeroAddress, deadlineMs: 20_000 };
    const salt = new Uint8Array(32).fill(7);
    const { signal } = new AbortController();
    return {
      bare: () => session.run(feeds),
      async 'runner alone'() {
        const answer = await model.run({ encoding: 'plain', body, salt }, { deadlineMs: 20_000 });
        if (!answer.ok) throw new Error(JSON.stringify(answer));
      },
      async node() {
        // What a caller sends with each call is another one.
        const id = (numbers++).toString(16).padStart(64, '0');
        const answer = await node.answerCall({ ...head, request: id, nonce: id }, body, signal);
        if (!answer.head.ok) throw new Error(JSON.stringify(answer.head));
      },
    };
  }
  let numbers = 0;

  process.on('message', async (what) => {
    if (what === 'end') {
      await node[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
      process.disconnect();
      return;
    }
    const { title, way, at } = what;
    if (!opened.has(title)) opened.set(title, await prepare(title));
    const party = opened.get(title);
    const [mine, theirs, start] = [process.cpuUsage(), childCpu(), performance.now()];
    let calls = 0;
    const until = start + roundMs;
    const one = async () => {
      do {
        await party[way]();
        calls++;
      } while (performance.now() < until);
    };
    await Promise.all(Array.from({ length: at }, one));
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(mine);
    process.send({
      perSecond: (1000 * calls) / ms,
      main: (user + system) / calls,
      runner: (childCpu() - theirs) / calls,
    });
  });
  process.send('ready');
}

/** CPU of all processes that this one started, microseconds. */
function childCpu() {
  const listed = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  let total = 0;
  for (const pid of listed)
    for (const thread of readdirSync(`/proc/${pid}/task`))
      total += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  return total;
}
