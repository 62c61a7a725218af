import { readFile } from 'node:fs/promises';
import { buildModel } from '@callable/formats/build';

/** A generator with a seed (mulberry32): every run measures the same numbers. */
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = seeded(13);
const tensor = (name, shape, scale) => {
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() - 0.5) * 2 * scale);
  return { name, datatype: 'FP32', shape, raw: new Uint8Array(values.buffer) };
};
const whole = (...ints) => ({ ints });

/** Layers one behind the other, with weights that keep numbers of the size they came in. */
function chain(input, layers) {
  const [nodes, initializers] = [[], []];
  let last = input;
  const put = (op, inputs, attributes = {}) => {
    const output = `t${nodes.length}`;
    nodes.push({ op, inputs, outputs: [output], attributes });
    last = output;
    return output;
  };
  const weigh = (shape, fanIn) => {
    const weights = tensor(`w${initializers.length}`, shape, Math.sqrt(3 / fanIn));
    initializers.push(weights);
    return weights.name;
  };
  const conv = (from, [out, into, size], attributes = {}) =>
    put('Conv', [from, weigh([out, into, size, size], into * size * size)], {
      kernel_shape: whole(size, size),
      ...attributes,
    });
  layers({ put, weigh, conv, last: () => last });
  return { nodes, initializers };
}

const finish = (spec, { nodes, initializers }) => {
  nodes.at(-1).outputs = [spec.outputs[0].name];
  return buildModel({ ...spec, nodes, initializers });
};

/** Three rows of four numbers through one layer: next to nothing to compute. */
function tiny() {
  const spec = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n', 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', 3] }],
  };
  const layers = ({ put, weigh }) => put('Softmax', [put('MatMul', ['x', weigh([4, 3], 4)])]);
  return finish(spec, chain('x', layers));
}

/** The shape of the digit reader that every tutorial has. */
function digits() {
  const spec = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1, 28, 28] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 10] }],
  };
  const same = { pads: whole(2, 2, 2, 2) };
  const layers = ({ put, weigh, conv }) => {
    const one = put('Relu', [conv('x', [8, 1, 5], same)]);
    const two = put('MaxPool', [one], { kernel_shape: whole(2, 2), strides: whole(2, 2) });
    const three = put('Relu', [conv(two, [16, 8, 5], same)]);
    const four = put('MaxPool', [three], { kernel_shape: whole(3, 3), strides: whole(3, 3) });
    put('MatMul', [put('Flatten', [four]), weigh([256, 10], 256)]);
  };
  return finish(spec, chain('x', layers));
}

/** The layers of SqueezeNet 1.1 with random weights: 5 MB of them, 224 × 224 pixels. */
function squeeze() {
  const spec = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3, 224, 224] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 1000] }],
  };
  const layers = ({ put, conv, last }) => {
    const pool = () => put('MaxPool', [last()], { kernel_shape: whole(3, 3), strides: whole(2, 2) });
    const fire = (into, narrow, wide) => {
      const thin = put('Relu', [conv(last(), [narrow, into, 1])]);
      const left = put('Relu', [conv(thin, [wide, narrow, 1])]);
      const right = put('Relu', [conv(thin, [wide, narrow, 3], { pads: whole(1, 1, 1, 1) })]);
      put('Concat', [left, right], { axis: { int: 1 } });
    };
    put('Relu', [conv('x', [64, 3, 3], { strides: whole(2, 2) })]);
    pool();
    fire(64, 16, 64);
    fire(128, 16, 64);
    pool();
    fire(128, 32, 128);
    fire(256, 32, 128);
    pool();
    fire(256, 48, 192);
    fire(384, 48, 192);
    fire(384, 64, 256);
    fire(512, 64, 256);
    put('Relu', [conv(last(), [1000, 512, 1])]);
    put('Softmax', [put('Flatten', [put('GlobalAveragePool', [last()])])]);
  };
  return finish(spec, chain('x', layers));
}

const made = { tiny, digits, squeeze };
const datatypes = { float32: 'FP32', int64: 'INT64', int32: 'INT32', float64: 'FP64' };

/**
 * The models that calls are measured with: bytes, what goes in and comes out, inputs, and what a bare session answers to
 * them. A file given by name is taken instead of the one made here, with random numbers for its inputs, which have to be FP32.
 */
export async function openModels(names, files = {}) {
  process.env.ORT_DISABLE_TELEMETRY = '1';
  const { default: ort } = await import('onnxruntime-node');
  const opened = [];
  for (const name of names) {
    const bytes = files[name] ? new Uint8Array(await readFile(files[name])) : made[name]();
    const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const describe = ({ name: of, type, shape }) => ({
      ...{ name: of, datatype: datatypes[type] },
      shape: shape.map((axis) => (typeof axis === 'number' && axis > 0 ? axis : -1)),
    });
    const [inputs, outputs] = [session.inputMetadata.map(describe), session.outputMetadata.map(describe)];
    const draw = (next = random) =>
      inputs.map(({ name: of, shape }) => {
        // What is open takes what the model made here takes: three rows of four.
        const dims = shape.map((axis, n) => (axis > 0 ? axis : n === 0 ? 3 : 4));
        const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, next);
        return { name: of, dims, data };
      });
    const run = (drawn) =>
      session.run(
        Object.fromEntries(drawn.map((each) => [each.name, new ort.Tensor('float32', each.data, each.dims)])),
      );
    opened.push({ name, bytes, inputs, outputs, draw, run });
  }
  return opened;
}

/** Nested lists of plain numbers, as a body of JSON has them: of an FP32 number all 17 digits, as Python writes them. */
export function nest(data, dims) {
  let rows = Array.from(data, Number);
  for (let axis = dims.length - 1; axis > 0; axis--)
    rows = Array.from({ length: rows.length / dims[axis] }, (_, n) => rows.slice(n * dims[axis], (n + 1) * dims[axis]));
  return rows;
}

/** The bodies of one call, for a door that takes named lists and for one of the Open Inference Protocol. */
export const bodiesOf = (drawn) => ({
  plain: Buffer.from(JSON.stringify(Object.fromEntries(drawn.map(({ name, data, dims }) => [name, nest(data, dims)])))),
  oip: Buffer.from(
    JSON.stringify({
      inputs: drawn.map(({ name, data, dims }) => ({ name, shape: dims, datatype: 'FP32', data: Array.from(data) })),
    }),
  ),
});

/** Publishes one with an example of its own at a network that a bench has opened; its reference. */
export async function publishModel(target, { name, bytes, inputs, outputs, draw, run }) {
  // Few digits: a manifest has 512 KiB.
  const drawn = draw(() => 1);
  const answers = await run(drawn);
  const vector = {
    ...{ name: 'one', rtol: 1e-3, atol: 1e-4 },
    inputs: Object.fromEntries(drawn.map((each) => [each.name, nest(each.data, each.dims)])),
    outputs: Object.fromEntries(Object.entries(answers).map(([of, { data, dims }]) => [of, nest(data, dims)])),
  };
  const reference = await target.publish({ name, bytes, inputs, outputs, vectors: [vector] });
  await target.untilCallable(reference);
  return reference;
}
