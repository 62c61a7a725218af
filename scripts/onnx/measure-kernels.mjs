// Asks one runtime, by loading, which operators it has at which operator sets for which element types.
// Run by write-operators.mjs in a process of its own: measure-kernels.mjs native|wasm SCHEMAS OUT
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildModel } from '../../packages/formats/dist/onnx/build/build-model.js';
import { elementCodes, oneNodeModel } from './one-node-models.mjs';

const [runtime, schemasPath, outPath] = process.argv.slice(2);
const { schemas, ir, newest } = JSON.parse(readFileSync(schemasPath, 'utf8'));
const require = createRequire(new URL('../../packages/runtime/package.json', import.meta.url));
const ort = require(runtime === 'wasm' ? 'onnxruntime-web/wasm' : 'onnxruntime-node');
ort.env.logLevel = 'fatal';
if (runtime === 'wasm') ort.env.wasm.numThreads = 1;
const options = {
  executionProviders: [runtime === 'wasm' ? 'wasm' : 'cpu'],
  // Folding of constants would run kernels, and remove nodes before anybody looks for theirs.
  graphOptimizationLevel: 'disabled',
  logSeverityLevel: 4,
};

/** The last is what comes of an operator set in which the Cast that half floats need has no number for its type. */
const noKernel =
  /Could not find an implementation|Failed to find kernel|NOT_IMPLEMENTED|not a registered function\/op|MLDataType for|InsertedPrecisionFreeCast/i;
const bindingOnly = /^unsupported data type: (\d+)$/i;

/** Element types of inputs and outputs: what sessions were opened with, and what the binding refused behind the load. */
const edges = { taken: new Set(), refused: new Set() };

/** `has`, `none`, or what was said where neither is known. */
async function load(model) {
  try {
    const session = await ort.InferenceSession.create(buildModel(model), options);
    await session.release();
  } catch (error) {
    const text = String(error?.message ?? error);
    if (noKernel.test(text)) return 'none';
    // The binding reads the types of inputs and outputs when the session is there.
    const refused = bindingOnly.exec(text)?.[1];
    if (refused !== undefined) edges.refused.add(Number(refused));
    // During the initialisation the kernel was found, and did not like its attributes.
    return refused !== undefined || /Exception during initialization|OpKernelInfo/.test(text) ? 'has' : text;
  }
  for (const { datatype, kind } of [...model.inputs, ...model.outputs]) {
    if (kind === undefined || kind === 'tensor') edges.taken.add(datatype);
  }
  return 'has';
}

/** The newest version with which a model of one Relu loads. */
async function newestOf(version, modelOf) {
  const value = { datatype: 1, shape: [1] };
  const nodes = [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }];
  const relu = {
    inputs: [{ ...value, name: 'x' }],
    outputs: [{ ...value, name: 'y' }],
    nodes,
    opset: 13,
    irVersion: 8,
  };
  if (version === 0 || (await load({ ...relu, ...modelOf(version) })) === 'has') return version;
  return newestOf(version - 1, modelOf);
}

const codes = Object.keys(elementCodes);
const rank = (type) => {
  const index = codes.indexOf(/^tensor\((\w+)\)$/.exec(type)?.[1]);
  return index === -1 ? codes.length : index;
};

/** Every choice of element types, or, where these are too many, each by itself beside the first of the others. */
function combinationsOf(types) {
  const lists = Object.entries(types).map(([name, list]) => [
    name,
    list.filter((type) => !type.includes('float6')).sort((one, other) => rank(one) - rank(other)),
  ]);
  const total = lists.reduce((product, [, list]) => product * list.length, 1);
  if (total > 2000) {
    const first = Object.fromEntries(lists.map(([name, [type]]) => [name, type]));
    return lists.flatMap(([name, list]) => list.map((type) => ({ ...first, [name]: type })));
  }
  return lists.reduce(
    (made, [name, list]) => made.flatMap((one) => list.map((type) => ({ ...one, [name]: type }))),
    [{}],
  );
}

/** Which element types an operator runs with at a set; an example that runs and one without a kernel, if there are. */
async function measure(schema, opset) {
  const found = new Map(Object.keys(schema.types).map((name) => [name, new Set()]));
  let [example, failed, said] = [null, null, null];
  for (const combination of combinationsOf(schema.types)) {
    const model = oneNodeModel(schema, opset, combination, 8);
    const verdict = model === null ? 'no model' : await load(model);
    if (verdict === 'has') {
      example ??= combination;
      for (const [name, type] of Object.entries(combination)) found.get(name).add(type);
    } else if (verdict === 'none') failed ??= combination;
    else said ??= `${JSON.stringify(combination)} ${verdict.slice(0, 300)}`;
  }
  const types = example && Object.fromEntries([...found].map(([name, set]) => [name, [...set]]));
  return { schema, types, example, failed, said };
}

const limits = {
  ir: await newestOf(ir, (irVersion) => ({ irVersion })),
  opsets: {
    'ai.onnx': await newestOf(newest['ai.onnx'], (opset) => ({ opset })),
    'ai.onnx.ml': await newestOf(newest['ai.onnx.ml'], (opset) => ({ opset: { 'ai.onnx': 13, 'ai.onnx.ml': opset } })),
  },
};

const results = [];
const odd = [];
const names = new Set(schemas.map(({ domain, op }) => JSON.stringify([domain, op])));
for (const [domain, op] of [...names].map(JSON.parse)) {
  const versions = schemas.filter((each) => each.domain === domain && each.op === op);
  let last = null;
  for (let opset = 1; opset <= limits.opsets[domain]; opset += 1) {
    const schema = versions.findLast(({ since }) => since <= opset);
    if (!schema || schema.deprecated) continue;
    // A function made of others may stop to run though its own definition stays: one load tells.
    const again = last?.schema === schema ? (last.example ?? last.failed) : null;
    const same =
      again !== null && ((await load(oneNodeModel(schema, opset, again, 8))) === 'has') === (last.example !== null);
    if (!same) last = await measure(schema, opset);
    const unknown = !last.example && !last.failed;
    if (unknown && !same) odd.push(`${op}-${opset} ${last.said}`);
    results.push({ domain, op, opset, types: last.types, unknown });
  }
}
const listed = { taken: [...edges.taken], refused: [...edges.refused] };
writeFileSync(outPath, JSON.stringify({ runtime, limits, results, odd, edges: listed }));
