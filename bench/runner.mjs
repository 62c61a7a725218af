/**
 * A call through a runner process against a bare `session.run` loop, and what starting one costs.
 * Run: npx tsc -b packages/node && node bench/runner.mjs [model.onnx]
 * All parties take turns in one process on the same model; trust the ratios, not the milliseconds.
 * Without an argument it uses a small net (784 -> 128 -> 10) and a large input (150 528 floats, mean).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';
import { writePlainOutputs } from '@callable/protocol';
import { createRunnerPool } from '@callable/runtime';

process.env.ORT_DISABLE_TELEMETRY = '1';
const { default: ort } = await import('onnxruntime-node');

const weights = (count) => Array.from({ length: count }, (_, i) => ((i * 7919) % 1000) / 5000 - 0.1);
const cases = {
  'small net, 784 floats in': {
    input: { name: 'x', datatype: 'FP32', shape: [1, 784] },
    output: { name: 'y', datatype: 'FP32', shape: [1, 10] },
    nodes: [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['h'] },
      { op: 'Relu', inputs: ['h'], outputs: ['r'] },
      { op: 'MatMul', inputs: ['r', 'b'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'a', datatype: 'FP32', shape: [784, 128], values: weights(784 * 128) },
      { name: 'b', datatype: 'FP32', shape: [128, 10], values: weights(1280) },
    ],
  },
  'one image, 150528 floats in': {
    input: { name: 'x', datatype: 'FP32', shape: [1, 3, 224, 224] },
    output: { name: 'y', datatype: 'FP32', shape: [1, 3, 1, 1] },
    nodes: [{ op: 'GlobalAveragePool', inputs: ['x'], outputs: ['y'] }],
    initializers: [],
  },
};

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const quantile = (values, q) => values.sort((a, b) => a - b)[Math.floor(values.length * q)];

await withResource(createRunnerPool({ warm: 1 }), async (pool) => {
  for (const [title, { input, output, nodes, initializers }] of Object.entries(cases)) {
    const directory = await mkdtemp(join(tmpdir(), 'bench-runner-'));
    const file = join(directory, 'model.onnx');
    await writeFile(file, buildModel({ inputs: [input], outputs: [output], nodes, initializers }));
    const count = input.shape.reduce((a, b) => a * b, 1);
    const floats = Float32Array.from({ length: count }, () => Math.random());
    const body = writePlainOutputs([{ ...input, data: new Uint8Array(floats.buffer) }]);
    const salt = new Uint8Array(32);
    const verdict = await pool.load({
      digest: 'bench',
      directory,
      entry: 'model.onnx',
      inputs: [input],
      outputs: [output],
      limits: { memoryBytes: 512 * 1024 * 1024, loadMs: 10_000, runMs: 10_000 },
    });
    if (!verdict.ok) throw new Error(verdict.message);
    const { model } = verdict;
    const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const feeds = { x: new ort.Tensor('float32', floats, input.shape) };
    const call = async () => {
      const answer = await model.run({ encoding: 'plain', body, salt }, { deadlineMs: 10_000 });
      if (!answer.ok) throw new Error(JSON.stringify(answer));
    };
    const parties = {
      'bare session.run': { run: () => session.run(feeds), perRun: 1 },
      'runner, one call at a time': { run: call, perRun: 1 },
      'runner, 8 calls at a time': { run: () => Promise.all(Array.from({ length: 8 }, call)), perRun: 8 },
    };
    const times = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
    for (let round = 0; round < 20; round++)
      for (const [name, { run, perRun }] of Object.entries(parties)) {
        const start = performance.now();
        let calls = 0;
        while (performance.now() - start < 100) {
          await run();
          calls += perRun;
        }
        if (round >= 4) times[name].push((performance.now() - start) / calls);
      }
    console.log(`${title} (${body.length} bytes of JSON)`);
    const bare = median(times['bare session.run']);
    for (const [name, values] of Object.entries(times)) {
      const ms = median(values);
      console.log(
        `  ${name.padEnd(28)} ${ms.toFixed(3).padStart(8)} ms/call  ${((bare / ms) * 100).toFixed(0).padStart(4)} % of bare`,
      );
    }
    await model[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
});

const directory = await mkdtemp(join(tmpdir(), 'bench-runner-'));
const { input, output, nodes, initializers } = cases['small net, 784 floats in'];
await writeFile(join(directory, 'model.onnx'), buildModel({ inputs: [input], outputs: [output], nodes, initializers }));
const source = {
  digest: 'bench',
  directory,
  entry: 'model.onnx',
  inputs: [input],
  outputs: [output],
  limits: { memoryBytes: 512 * 1024 * 1024, loadMs: 10_000, runMs: 10_000 },
};
for (const warm of [0, 1]) {
  const waits = [];
  const loads = [];
  await withResource(createRunnerPool({ warm }), async (pool) => {
    for (let i = 0; i < 12; i++) {
      await new Promise((resolve) => setTimeout(resolve, warm * 1500));
      const start = performance.now();
      const verdict = await pool.load(source);
      waits.push(performance.now() - start);
      if (!verdict.ok) throw new Error(verdict.message);
      loads.push(verdict.loadMs);
      await verdict.model[Symbol.asyncDispose]();
    }
  });
  console.log(
    `${warm ? 'load into a warm runner' : 'start a runner and load'}: median ${median(waits).toFixed(0)} ms, p90 ${quantile(waits, 0.9).toFixed(0)} ms (load alone ${median(loads).toFixed(0)} ms)`,
  );
}
await rm(directory, { recursive: true });

async function withResource(resource, body) {
  try {
    await body(resource);
  } finally {
    await resource[Symbol.asyncDispose]();
  }
}
