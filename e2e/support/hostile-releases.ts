import { buildModel, type ModelSpec, type NodeSpec } from '@callable/formats/build';
import type { Address, Manifest } from '@callable/protocol';
import { describeModel, doublingModel, doublingRelease, type Release, toyRelease } from '@callable/stand-ins';

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
 * Models that a publisher's own tool would never send, each with one thing wrong. None of them harms a runtime without a
 * guard: what ends, hangs or fills a process is a toy, and what is refused for its size makes nothing when it is run.
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
  const toy = (name: string, ends: string, line: string): Hostile => ({
    name,
    ends,
    release: toyRelease(name, [line], { publisher }),
  });
  return [
    toy('hangs-on-load', 'TimedOut', 'load stall 60000'),
    toy('hangs', 'TimedOut', 'run stall 60000'),
    toy('eats-memory', 'OutOfMemory', 'run allocate 2048'),
    toy('crashes-on-load', 'RunnerDied', 'load abort'),
    toy('crashes-on-its-vector', 'RunnerDied', 'run exit'),
    add(
      'declares-more-than-a-node-has',
      'UnsafeModel',
      model({
        // A vast row for each of no indices, which no output needs: a runtime that ran it would make nothing.
        nodes: [double, { op: 'OneHot', inputs: ['none', 'depth', 'values'], outputs: ['rows'] }],
        initializers: [
          { name: 'none', datatype: 'INT64', shape: [0], values: [] },
          { name: 'depth', datatype: 'INT64', shape: [1], values: [10 ** 10] },
          { name: 'values', datatype: 'FP32', shape: [2], values: [0, 1] },
        ],
      }),
    ),
    add(
      'calls-itself',
      'UnsafeModel',
      model({
        opset: { 'ai.onnx': 17, own: 1 },
        nodes: [double],
        functions: [calling('f', 'f')],
      }),
    ),
    add(
      'calls-too-deep',
      'UnsafeModel',
      model({
        opset: { 'ai.onnx': 17, own: 1 },
        nodes: [double],
        functions: Array.from({ length: 70 }, (_, at) => calling(`f${at}`, at < 69 ? `f${at + 1}` : null)),
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
        // Forty doublings of nothing.
        initializers: [{ name: 'v0', datatype: 'FP32', shape: [0], values: [] }],
        nodes: [
          double,
          ...Array.from({ length: 40 }, (_, at) => ({
            op: 'Concat',
            inputs: [`v${at}`, `v${at}`],
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
        functions: [{ ...calling('BeamSearch', null), domain: 'com.microsoft' }],
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
      release: doublingRelease({
        ...{ publisher, name: 'wants-a-machine-nobody-has' },
        needs: { memoryBytes: 2 ** 50, opset: { 'ai.onnx': 17 } },
      }),
    },
  ];
}

/** A function that calls another once, or negates. */
function calling(name: string, calls: string | null) {
  const io = { inputs: ['a'], outputs: ['b'] };
  const node: NodeSpec = calls === null ? { op: 'Neg', ...io } : { op: calls, domain: 'own', ...io };
  return { domain: 'own', name, ...io, nodes: [node], opset: { 'ai.onnx': 17, own: 1 } };
}
