import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../bytes-source.ts';
import { buildModel, type ModelSpec } from '../build/build-model.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { listFields } from '../wire/list-fields.ts';
import type { Rewritten } from './rewrite-step.ts';
import { rewriteZipMap } from './rewrite-zip-map.ts';

/** What skl2onnx writes around a classifier, in small. */
const classifier = (change: Partial<ModelSpec> = {}): ModelSpec => ({
  inputs: [{ name: 'X', datatype: 'FP32', shape: [null, 3] }],
  outputs: [
    { name: 'label', datatype: 'INT64', shape: [null] },
    { name: 'probability', datatype: 'FP32', kind: 'zipmap' },
  ],
  nodes: [
    { op: 'ArgMax', inputs: ['X'], outputs: ['label'], attributes: { axis: { int: 1 }, keepdims: { int: 0 } } },
    { op: 'Softmax', inputs: ['X'], outputs: ['p'] },
    {
      op: 'ZipMap',
      domain: 'ai.onnx.ml',
      name: 'zip',
      inputs: ['p'],
      outputs: ['probability'],
      attributes: { classlabels_strings: { texts: ['setosa', 'versicolor', 'virginica'] } },
    },
  ],
  opset: { 'ai.onnx': 17, 'ai.onnx.ml': 1 },
  ...change,
});

const rewrite = (bytes: Uint8Array) => rewriteZipMap(bytesSource(bytes), {});
const bytesOf = async ({ source }: Rewritten) => source.read(0, source.size);

describe('rewriteZipMap', () => {
  it('turns the map into a tensor of one probability per class', async () => {
    const rewritten = await rewrite(buildModel(classifier()));
    if (!rewritten) throw new Error('nothing changed');
    expect(rewritten.labels).toEqual(new Map([['probability', ['setosa', 'versicolor', 'virginica']]]));
    expect(rewritten.notice).toContain('"probability"');
    const verdict = await inspectModel(rewritten.source);
    expect(verdict).toMatchObject({
      ok: true,
      summary: {
        operators: { ArgMax: 1, Softmax: 1, Identity: 1 },
        outputs: [{ name: 'label' }, { name: 'probability', kind: 'tensor', datatype: 'FP32', shape: [-1, 3] }],
        findings: [],
      },
    });
    expect(await rewriteZipMap(rewritten.source, {})).toBeNull();
  });

  it('leaves every other byte as it was', async () => {
    const before = buildModel(classifier());
    const rewritten = await rewrite(before);
    if (!rewritten) throw new Error('nothing changed');
    const after = await bytesOf(rewritten);
    const graphOf = (bytes: Uint8Array) => listFields(listFields(bytes)!.find(({ number }) => number === 7)!.content)!;
    const [old, young] = [graphOf(before), graphOf(after)];
    const changed = old.flatMap((field, index) =>
      Buffer.compare(field.whole, young[index]!.whole) === 0 ? [] : [field.number],
    );
    // The ZipMap node and the declaration of its output.
    expect(changed).toEqual([1, 12]);
    expect(young).toHaveLength(old.length);
    const others = (bytes: Uint8Array) =>
      listFields(bytes)!
        .filter(({ number }) => number !== 7)
        .map(({ whole }) => [...whole]);
    expect(others(after)).toEqual(others(before));
  });

  it('reads integer labels, negative and long ones too', async () => {
    const [argMax, softmax, zipMap] = classifier().nodes;
    const attributes = { classlabels_int64s: { ints: [-1, 0, 2n ** 53n] } };
    const rewritten = await rewrite(buildModel(classifier({ nodes: [argMax!, softmax!, { ...zipMap!, attributes }] })));
    expect(rewritten?.labels?.get('probability')).toEqual(['-1', '0', '9007199254740992']);
  });

  it('imports the opset Identity needs where the model had none', async () => {
    const rewritten = await rewrite(buildModel(classifier({ opset: { 'ai.onnx.ml': 1 } })));
    if (!rewritten) throw new Error('nothing changed');
    const verdict = await inspectModel(rewritten.source);
    expect(verdict).toMatchObject({ ok: true, summary: { opsets: { 'ai.onnx': 9, 'ai.onnx.ml': 1 } } });
  });

  it('leaves alone what it cannot rewrite exactly', async () => {
    const used = classifier({
      nodes: [...classifier().nodes, { op: 'SequenceLength', inputs: ['probability'], outputs: ['n'] }],
    });
    expect(await rewrite(buildModel(used))).toBeNull();
    expect(await rewrite(buildModel(classifier({ nodes: classifier().nodes.slice(0, 2) })))).toBeNull();
    expect(await rewrite(new Uint8Array(0))).toBeNull();
    expect(await rewrite(new TextEncoder().encode('not a model'))).toBeNull();
  });
});
