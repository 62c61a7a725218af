import { describe, expect, it } from 'vitest';
import { type ByteSource, bytesSource } from '../../bytes-source.ts';
import { buildModel, type GraphSpec } from '../build/build-model.ts';
import { type Edit, editSource } from '../edit/edit-source.ts';
import type { FieldAt } from '../edit/field-at.ts';
import { walkFields } from '../edit/walk-fields.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { bytesField, joined, textField } from '../wire/encode-field.ts';
import { listFields } from '../wire/list-fields.ts';
import { stripMetadata } from './strip-metadata.ts';

const branch: GraphSpec = {
  inputs: [],
  outputs: [{ name: 'b', datatype: 'FP32', shape: [2] }],
  nodes: [{ op: 'Constant', inputs: [], outputs: ['b'], attributes: { value: { tensor: weights() } } }],
};
const model = buildModel({
  inputs: [{ name: 'X', datatype: 'FP32', shape: ['N', 2] }],
  outputs: [{ name: 'Y', datatype: 'FP32', shape: ['N', 2] }],
  valueInfo: [{ name: 'h', datatype: 'FP32', shape: ['N', 2] }],
  nodes: [
    { op: 'Twice', domain: 'own', inputs: ['X'], outputs: ['h'] },
    {
      ...{ op: 'If', inputs: ['flag'], outputs: ['c'] },
      attributes: { then_branch: { graph: branch }, else_branch: { graph: branch } },
    },
    { op: 'Add', inputs: ['h', 'c'], outputs: ['s'] },
    { op: 'MatMul', inputs: ['s', 'W'], outputs: ['Y'] },
  ],
  initializers: [
    { name: 'flag', datatype: 'BOOL', shape: [1], raw: Uint8Array.of(1) },
    { name: 'W', datatype: 'FP32', shape: [2, 2], external: { location: 'home/jane/w.py', offset: 0, length: 16 } },
  ],
  functions: [
    {
      ...{ domain: 'own', name: 'Twice', inputs: ['a'], outputs: ['b'] },
      nodes: [{ op: 'Add', inputs: ['a', 'a'], outputs: ['b'] }],
    },
  ],
  opset: { 'ai.onnx': 17, own: 1 },
});

function weights() {
  return { datatype: 'FP32' as const, shape: [2], values: [1, 2] };
}

const trace = 'File "/home/jane/secret/net.py", line 12, in forward\n    return self.head(x)';
const entry = (number: number, key: string, value: string) =>
  bytesField(number, [textField(1, key), textField(2, value)]);

/** Where an exporter writes its texts: `doc_string` and `metadata_props` of every kind of message. */
const places: Partial<Record<FieldAt['of'], { doc?: number; entry?: number }>> = {
  Model: { doc: 6, entry: 14 },
  Graph: { doc: 10, entry: 16 },
  Node: { doc: 6, entry: 9 },
  Attribute: { doc: 13 },
  ValueInfo: { doc: 3, entry: 4 },
  Tensor: { doc: 12, entry: 16 },
  Function: { doc: 8, entry: 14 },
};

/** The model with these texts in every message that can hold them, as an exporter would have written it. */
async function withTexts(doc: string, key: string, value: string): Promise<{ bytes: Uint8Array; messages: number }> {
  const source = bytesSource(model);
  const edits: Edit[] = [];
  const put = (of: FieldAt['of'], parent: FieldAt | null, end: number) => {
    const place = places[of];
    if (!place) return;
    const bytes = joined([
      ...(place.doc ? [textField(place.doc, doc)] : []),
      ...(place.entry ? [entry(place.entry, key, value)] : []),
    ]);
    edits.push({ start: end, end, parent, bytes });
  };
  await walkFields(source, {
    see(field) {
      if (field.kind) put(field.kind, field, field.end);
      return field.kind ? 'enter' : 'skip';
    },
    take: () => {},
  });
  put('Model', null, model.length);
  // Deeper ones first: a message often ends where the one around it does.
  const depth = ({ parent }: Edit) => {
    let count = 0;
    for (let around = parent; around; around = around.parent) count += 1;
    return count;
  };
  edits.sort((one, other) => depth(other) - depth(one));
  const edited = editSource(source, edits);
  return { bytes: await edited.read(0, edited.size), messages: edits.length };
}

const whole = (source: ByteSource) => source.read(0, source.size);
const strip = (bytes: Uint8Array, options = {}) => stripMetadata(bytesSource(bytes), options);

describe('texts about the exporting machine', () => {
  it('go from every message that can hold them, and every other byte stays', async () => {
    const { bytes, messages } = await withTexts(trace, 'pkg.torch.onnx.stack_trace', trace);
    expect(messages).toBeGreaterThan(20);
    expect((await inspectModel(bytesSource(bytes), { files: [{ path: 'home/jane/w.py', size: 16 }] })).ok).toBe(true);
    const stripped = await strip(bytes);
    if (!stripped) throw new Error('nothing changed');
    const after = await whole(stripped.source);
    expect(Buffer.compare(after, model)).toBe(0);
    expect(await stripped.compare?.(bytesSource(after))).toBeNull();
    expect(await strip(after)).toBeNull();
  });

  it('are counted, and one is shown so that its writer knows it and nobody else does', async () => {
    const { bytes } = await withTexts(trace, 'pkg.torch.onnx.stack_trace', trace);
    const notice = (await strip(bytes))?.notice ?? '';
    expect(notice).toMatch(/^\d+ texts .* such as “File "\/…\/net.py", line 12” in doc_string of the node/);
    expect(notice).toContain('--keep-metadata');
    expect(notice).not.toContain('jane');
  });

  it('stay with --keep-metadata', async () => {
    const { bytes } = await withTexts(trace, 'stack_trace', trace);
    expect(await strip(bytes, { keepMetadata: true })).toBeNull();
  });

  it('texts that say nothing private stay', async () => {
    const { bytes } = await withTexts('Adds two numbers.', 'namespace', ': __main__.Net/conv1: torch.nn.Conv2d/conv2d');
    expect(await strip(bytes)).toBeNull();
  });

  it('a word that is private here is found wherever it stands', async () => {
    const { bytes } = await withTexts('made on dgx-7', 'where', 'dgx-7 of the lab');
    expect(await strip(bytes)).toBeNull();
    const stripped = await strip(bytes, { privateWords: ['dgx-7'] });
    const text = new TextDecoder().decode(await whole(stripped!.source));
    expect(text).not.toContain('dgx-7');
    expect(text).toContain('[removed] of the lab');
  });
});

describe('entries of the model, which programs read', () => {
  const valuesOf = async (source: ByteSource) =>
    new Map(
      listFields(await whole(source))!
        .filter(({ number }) => number === 14)
        .map(({ content }) => listFields(content)!.map((field) => new TextDecoder().decode(field.content)))
        .map(([key, value]) => [key, value]),
    );
  const withEntries = (entries: Record<string, string>) =>
    joined([model, ...Object.entries(entries).map(([key, value]) => entry(14, key, value))]);

  it('the class names, stride and description of a detector stay but for the path in it', async () => {
    const names = "{0: 'person', 1: 'car'}";
    const bytes = withEntries({
      description: 'YOLO model trained on /home/jane/datasets/street.yaml',
      ...{ names, stride: '32', author: 'Jane' },
      args: '{"imgsz": 640, "data": "/home/jane/datasets/street.yaml"}',
    });
    const stripped = await strip(bytes);
    expect(await valuesOf(stripped!.source)).toEqual(
      new Map([
        ['description', 'YOLO model trained on [removed]'],
        ['names', names],
        ['stride', '32'],
        ['author', 'Jane'],
        ['args', '{"imgsz": 640, "data": "[removed]"}'],
      ]),
    );
    expect(await stripped!.compare?.(stripped!.source)).toBeNull();
  });

  it('a vocabulary is data: its tokens may look like anything', async () => {
    const vocabulary = JSON.stringify({ tokens: Array.from({ length: 9000 }, (_, at) => `/usr/bin/${at}`) });
    expect(await strip(withEntries({ tokenizer: vocabulary }))).toBeNull();
  });

  it('a trace goes whole, and what stands under the name of a user too', async () => {
    const stripped = await strip(withEntries({ exported: trace, user_name: 'jane', task: 'detect' }));
    expect(await valuesOf(stripped!.source)).toEqual(new Map([['task', 'detect']]));
  });
});

describe('a written file is compared with the one that was given', () => {
  it('one changed byte of a weight, a missing node and a file that is cut are found', async () => {
    const { bytes } = await withTexts(trace, 'stack_trace', trace);
    const stripped = await strip(bytes);
    const compare = async (after: Uint8Array) => stripped!.compare?.(bytesSource(after));
    const changed = Uint8Array.from(model);
    const at = Buffer.from(model).indexOf(Buffer.from(new Float32Array([1, 2]).buffer));
    changed[at] = 7;
    expect(await compare(changed)).toContain('byte');
    const missing = await editWithout(({ of, kind }) => of === 'Graph' && kind === 'Node');
    expect(await compare(missing)).toContain('byte');
    expect(await compare(model.subarray(0, model.length - 3))).not.toBeNull();
    expect(await compare(bytes)).not.toBeNull();
  });

  async function editWithout(wanted: (field: FieldAt) => boolean): Promise<Uint8Array> {
    const source = bytesSource(model);
    let found: FieldAt | null = null;
    await walkFields(source, {
      see(field) {
        if (wanted(field)) found ??= field;
        return field.kind ? 'enter' : 'skip';
      },
      take: () => {},
    });
    const { start, end, parent } = found as unknown as FieldAt;
    return whole(editSource(source, [{ start, end, parent, bytes: new Uint8Array(0) }]));
  }
});
