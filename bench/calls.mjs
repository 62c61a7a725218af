/**
 * A warm call of a tiny model through /v1/run and /v2 beside a bare `session.run` loop in one process and beside the
 * bare HTTP floor (node:http answering a constant). Rounds are interleaved; trust the ratios.
 * Run: npm run build && node bench/calls.mjs [seconds per round]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildModel } from '@callable/formats/build';

process.env.ORT_DISABLE_TELEMETRY = '1';
const rounds = 3;
const seconds = Number(process.argv[2] ?? 3);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function main() {
  const directory = await mkdtemp(join(tmpdir(), 'callable-bench-'));
  const self = fileURLToPath(import.meta.url);
  const floor = fork(self, ['floor']);
  const network = fork(self, ['network', directory]);
  try {
    const [{ url: floorUrl }] = await once(floor, 'message');
    const [{ url, reference }] = await Promise.race([
      once(network, 'message'),
      once(network, 'exit').then(() => Promise.reject(new Error('The network did not start.'))),
    ]);
    const plain = Buffer.from('{"x":[[1,2,3,4]]}');
    const oip = Buffer.from('{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}');
    const bare = await makeBareLoop(directory);
    const results = {};
    for (const connections of [1, 16]) {
      const parties = {
        'bare HTTP': () => load(floorUrl, '/', plain, connections),
        '/v1/run': () => load(url, `/v1/run/${reference}`, plain, connections),
        '/v2 infer': () => load(url, `/v2/models/${reference}/infer`, oip, connections),
      };
      for (let round = 0; round < rounds; round++) {
        for (const [name, run] of Object.entries({ 'bare session.run': bare, ...parties })) {
          const result = await run();
          const key = `${name} x${connections}`;
          results[key] = [...(results[key] ?? []), result];
        }
      }
    }
    print(results);
  } finally {
    floor.kill();
    network.send('stop');
    await once(network, 'exit');
    await rm(directory, { recursive: true, force: true });
  }
}

function print(results) {
  const rate = (name) => median((results[name] ?? []).map((result) => result.perSecond));
  console.log('calls/s (median of rounds), p50 and p99 in ms, share of the bare loop, share of the HTTP floor');
  for (const name of Object.keys(results)) {
    const connections = name.split(' x').pop();
    const p50 = median(results[name].map((result) => result.p50));
    const p99 = median(results[name].map((result) => result.p99));
    const ofBare = rate(name) / rate(`bare session.run x${connections}`);
    const ofFloor = rate(name) / rate(`bare HTTP x${connections}`);
    console.log(
      `${name.padEnd(22)}${rate(name).toFixed(0).padStart(8)}/s  p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(2)}  ${(100 * ofBare).toFixed(1)} % of bare  ${(100 * ofFloor).toFixed(1)} % of floor`,
    );
  }
}

const model = () =>
  buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n', 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }],
    initializers: [],
  });

async function makeBareLoop(directory) {
  const path = join(directory, 'bare.onnx');
  await writeFile(path, model());
  const { default: ort } = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
  return async () => {
    const times = [];
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
      const start = performance.now();
      await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3, 4), [1, 4]) });
      times.push(performance.now() - start);
    }
    return summarize(times);
  };
}

async function load(url, path, body, connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times = [];
  const end = performance.now() + seconds * 1000;
  const one = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await post(agent, url, path, body);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  agent.destroy();
  return summarize(times);
}

function post(agent, url, path, body) {
  return new Promise((resolve, reject) => {
    const call = request(
      url + path,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': body.length } },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`${path} answered ${response.statusCode}`));
        response.resume().on('end', resolve);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

function summarize(times) {
  const sorted = times.sort((a, b) => a - b);
  return {
    perSecond: sorted.length / seconds,
    p50: sorted[sorted.length >> 1],
    p99: sorted[Math.floor(sorted.length * 0.99)],
  };
}

async function serveFloor() {
  const server = createServer((incoming, response) =>
    incoming.resume().on('end', () => response.end('{"outputs":{"y":[[2,4,6,8]]}}')),
  );
  server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
}

async function serveNetwork(directory) {
  const { startLocalNetwork } = await import('@callable/local');
  const { createRelease, createUser, publishDirectly } = await import('@callable/stand-ins');
  const sdk = await import('@callable/sdk');
  const network = await startLocalNetwork({ dataDir: directory, port: 0 });
  const user = createUser(network.url);
  const spec = (name) => ({ name, datatype: 'FP32', shape: [-1, 4] });
  const vectors = [
    { name: 'one', inputs: { x: [[1, 2, 3, 4]] }, outputs: { y: [[2, 4, 6, 8]] }, rtol: 1e-5, atol: 1e-6 },
  ];
  const said = { publisher: user.address, name: 'tiny', inputs: [spec('x')], outputs: [spec('y')], vectors };
  const { digest, reference } = await publishDirectly(user, createRelease({ 'model.onnx': model() }, said));
  for await (const view of sdk.watchRelease(user.client, digest)) if (view.callable) break;
  process.on('message', async () => {
    await network[Symbol.asyncDispose]();
    process.exit(0);
  });
  process.send({ url: network.url, reference });
}

if (process.argv[2] === 'floor') await serveFloor();
else if (process.argv[2] === 'network') await serveNetwork(process.argv[3]);
else await main();
