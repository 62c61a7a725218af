import { buildModel, type ModelSpec, type NodeSpec } from '@callable/formats/build';
import type { Address, Manifest } from '@callable/protocol';
import { describeModel, type Release } from './describe-model.ts';
import { doublingModel, doublingRelease } from './doubling-release.ts';
import { beyondDeadlines, loopingRelease } from './looping-release.ts';

export type Hostile = {
  name: string;
  release: Release;
  /** What the network must say of it in the end: the reason of the first condition that is not True. */
  ends: string;
};

type Spec = Manifest['inputs'][number];

const x: Spec = { name: 'x', datatype: 'FP32', shape: [-1] };
const y: Spec = { name: 'y', datatype: 'FP32', shape: [-1] };
const vector = { name: 'one', inputs: { x: [1] }, outputs: { y: [2] }, rtol: 1e-3, atol: 1e-6 };
const signature: Pick<Manifest, 'inputs' | 'outputs' | 'vectors'> = { inputs: [x], outputs: [y], vectors: [vector] };

/**
 * Models that a publisher's own tool would never send, each with one thing wrong. What is refused for its size is in a
 * part that no output needs, and every loop ends: none of them harms a runtime without a guard.
 */
export function hostileReleases(publisher: Address): Hostile[] {
  const add = (name: string, ends: string, bytes: Uint8Array, fields: Partial<Manifest> = {}): Hostile => ({
    name,
    ends,
    release: describeModel(publisher, name, { 'model.onnx': bytes }, { ...signature, ...fields }),
  });
  const model = (spec: Omit<ModelSpec, 'inputs' | 'outputs'>) =>
    buildModel({
      inputs: [{ ...x, shape: ['n'] }],
      outputs: [{ ...y, shape: ['n'] }],
      ...spec,
    });
  const double: NodeSpec = { op: 'Add', inputs: ['x', 'x'], outputs: ['y'] };
  const whole: Spec = { name: 'size', datatype: 'INT64', shape: [1] };
  return [
    { name: 'hangs', ends: 'TimedOut', release: loopingRelease(publisher, 'hangs', beyondDeadlines) },
    add('eats-memory', 'OutOfMemory', growingModel(), {
      inputs: [whole],
      vectors: [{ ...vector, inputs: { size: [10 ** 8] }, outputs: { y: [0] } }],
    }),
    add(
      'asks-for-40-gb-on-load',
      'UnsafeModel',
      model({
        // No output needs it, so a runtime leaves it out; the declared size alone is refused.
        nodes: [double, { op: 'ConstantOfShape', inputs: ['shape'], outputs: ['unused'] }],
        initializers: [{ name: 'shape', datatype: 'INT64', shape: [1], values: [10 ** 10] }],
      }),
    ),
    add('crashes-on-load', 'RunnerDied', foldedDivision(), {
      outputs: [{ name: 'y', datatype: 'INT64', shape: [-1] }],
    }),
    {
      name: 'crashes-on-its-vector',
      ends: 'RunnerDied',
      release: dividingRelease(publisher, 'crashes-on-its-vector', smallestInt32, -1),
    },
    add(
      'calls-itself',
      'UnsafeModel',
      model({
        opset: { 'ai.onnx': 17, own: 1 },
        nodes: [double],
        functions: [recursive('f', 'f')],
      }),
    ),
    add(
      'a-billion-nodes',
      'UnsafeModel',
      model({
        opset: { 'ai.onnx': 17, own: 1 },
        nodes: [{ op: 'f0', domain: 'own', inputs: ['x'], outputs: ['y'] }],
        functions: Array.from({ length: 30 }, (_, at) => recursive(`f${at}`, at < 29 ? `f${at + 1}` : null)),
      }),
    ),
    add(
      'reads-files-of-the-node',
      'UnsafeModel',
      model({
        nodes: [{ op: 'Add', inputs: ['x', 'secret'], outputs: ['y'] }],
        initializers: [
          {
            name: 'secret',
            datatype: 'FP32',
            shape: [4],
            external: { location: '../../../../../../../../etc/passwd', offset: 0, length: 16 },
          },
        ],
      }),
    ),
    add(
      'reads-memory-of-the-runtime',
      'UnsafeModel',
      model({
        nodes: [{ op: 'Add', inputs: ['x', 'secret'], outputs: ['y'] }],
        initializers: [
          {
            name: 'secret',
            datatype: 'FP32',
            shape: [4],
            external: { location: '_ORT_MEM_ADDR_', offset: 0, length: 16 },
          },
        ],
      }),
    ),
    add(
      'doubles-forty-times',
      'UnsafeModel',
      model({
        nodes: [
          double,
          ...Array.from({ length: 40 }, (_, at) => ({
            op: 'Concat',
            inputs: at === 0 ? ['x', 'x'] : [`v${at}`, `v${at}`],
            outputs: [`v${at + 1}`],
            attributes: { axis: { int: 0 } },
          })),
        ],
      }),
    ),
    add(
      'hides-in-a-domain-of-the-runtime',
      'UnsafeModel',
      model({
        opset: { 'ai.onnx': 17, 'com.microsoft': 1 },
        nodes: [{ op: 'BeamSearch', domain: 'com.microsoft', inputs: ['x'], outputs: ['y'] }],
        functions: [{ ...recursive('BeamSearch', null), domain: 'com.microsoft' }],
      }),
    ),
    add('is-no-model', 'NotAModel', new TextEncoder().encode('hello, this is my model')),
    add('is-cut-off', 'Truncated', doublingModel({ padding: 1000 }).subarray(0, 700)),
    add(
      'unknown-operator',
      'UnsupportedOperator',
      model({ opset: { 'ai.onnx': 17, 'com.example': 1 }, nodes: [{ ...double, op: 'Steal', domain: 'com.example' }] }),
    ),
    add('opset-of-the-future', 'UnsupportedOpset', model({ opset: 99, nodes: [double] })),
    add('names-other-inputs', 'SchemaMismatch', doublingModel(), {
      inputs: [{ ...x, name: 'z' }],
      vectors: [{ ...vector, inputs: { z: [1] } }],
    }),
    add('promises-what-it-does-not-do', 'VectorFailed', doublingModel(), {
      vectors: [{ ...vector, outputs: { y: [3] } }],
    }),
    add('shows-no-example', 'NoVectors', doublingModel(), { vectors: [] }),
    {
      name: 'wants-a-machine-nobody-has',
      ends: 'NoNodeFits',
      release: doublingRelease(publisher, 'wants-a-machine-nobody-has', {
        fields: { needs: { memoryBytes: 2 ** 50, opset: { 'ai.onnx': 17 } } },
      }),
    },
  ];
}

function recursive(name: string, calls: string | null) {
  const call = (from: string, to: string): NodeSpec =>
    calls === null
      ? { op: 'Neg', inputs: [from], outputs: [to] }
      : { op: calls, domain: 'own', inputs: [from], outputs: [to] };
  const nodes = [call('a', 'half'), call('half', 'b')];
  return { domain: 'own', name, inputs: ['a'], outputs: ['b'], nodes, opset: { 'ai.onnx': 17, own: 1 } };
}

/** Divided by -1 it has no quotient in 32 bits: the processor stops the process. */
export const smallestInt32 = -(2 ** 31);

/** Optimising the graph already computes the quotient: SIGFPE while loading. */
function foldedDivision(): Uint8Array {
  return buildModel({
    inputs: [{ ...x, shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'INT64', shape: ['n'] }],
    nodes: [
      { op: 'Div', inputs: ['a', 'b'], outputs: ['c'] },
      { op: 'Cast', inputs: ['x'], outputs: ['whole'], attributes: { to: { int: 7 } } },
      { op: 'Add', inputs: ['whole', 'c'], outputs: ['y'] },
    ],
    initializers: [
      { name: 'a', datatype: 'INT64', shape: [1], values: [-(2n ** 63n)] },
      { name: 'b', datatype: 'INT64', shape: [1], values: [-1n] },
    ],
  });
}

/** As many zeros as `size` says. */
export function growingModel(): Uint8Array {
  return buildModel({
    inputs: [{ name: 'size', datatype: 'INT64', shape: [1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
    nodes: [{ op: 'ConstantOfShape', inputs: ['size'], outputs: ['y'] }],
  });
}

/** c = a ÷ b in whole numbers. Its vector divides what is given. */
export function dividingRelease(publisher: Address, name: string, a = 6, b = 2): Release {
  const int32 = (each: string) => ({ name: each, datatype: 'INT32' as const, shape: [1] });
  const bytes = buildModel({
    inputs: [int32('a'), int32('b')],
    outputs: [int32('c')],
    nodes: [{ op: 'Div', inputs: ['a', 'b'], outputs: ['c'] }],
  });
  return describeModel(
    publisher,
    name,
    { 'model.onnx': bytes },
    {
      inputs: [int32('a'), int32('b')],
      outputs: [int32('c')],
      vectors: [{ name: 'one', inputs: { a: [a], b: [b] }, outputs: { c: [3] }, rtol: 0, atol: 0 }],
    },
  );
}

/** The largest of each row; a batch without rows kills the process (measured with ONNX Runtime 1.30). */
export function largestRelease(publisher: Address, name: string): Release {
  const rows: Spec = { name: 'x', datatype: 'FP32', shape: [-1, 4] };
  const bytes = buildModel({
    inputs: [{ ...rows, shape: ['n', 4] }],
    outputs: [
      { name: 'y', datatype: 'FP32', shape: ['n', 1] },
      { name: 'at', datatype: 'INT64', shape: ['n', 1] },
    ],
    nodes: [{ op: 'TopK', inputs: ['x', 'k'], outputs: ['y', 'at'] }],
    initializers: [{ name: 'k', datatype: 'INT64', shape: [1], values: [1] }],
  });
  return describeModel(
    publisher,
    name,
    { 'model.onnx': bytes },
    {
      inputs: [rows],
      outputs: [
        { name: 'y', datatype: 'FP32', shape: [-1, 1] },
        { name: 'at', datatype: 'INT64', shape: [-1, 1] },
      ],
      vectors: [
        { name: 'one', inputs: { x: [[1, 4, 3, 2]] }, outputs: { y: [[4]], at: [[1]] }, rtol: 1e-3, atol: 1e-6 },
      ],
    },
  );
}
