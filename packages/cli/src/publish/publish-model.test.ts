import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { buildModel } from '@callable/formats/build';
import { CallableError, chunkBytes, type PrivateKey, parsePrivateKey } from '@callable/protocol';
import { createClient } from '@callable/sdk';
import { createPublisherHub, problem, standing } from '@callable/stand-ins';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LoadModel } from '../models/load-locally.ts';
import type { PublishEvent } from './publish-event.ts';
import { type PublishResult, publishModel } from './publish-model.ts';
import type { PublishRequest } from './publish-request.ts';

const key = parsePrivateKey('11'.repeat(32)) as PrivateKey;
let directory = '';
let hub = createPublisherHub();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-publish-'));
  hub = createPublisherHub();
  hub.play([
    (view) => ({ ...view, ...standing(['True', 'True', 'Unknown', 'Unknown']) }),
    (view) => ({ ...view, ...standing(['True', 'True', 'True', 'True']) }),
  ]);
});
afterEach(() => rm(directory, { recursive: true }));

/** Doubles X; `weights` only makes the file larger. */
async function writeModel(weights = 0): Promise<string> {
  const file = join(directory, 'double.onnx');
  const bytes = buildModel({
    inputs: [{ name: 'X', datatype: 'FP32', shape: [null, 2] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [null, 2] }],
    nodes: [{ op: 'Add', inputs: ['X', 'X'], outputs: ['Y'] }],
    initializers: [
      { name: 'unused', datatype: 'UINT8', shape: [weights], raw: new Uint8Array(weights).map((_, i) => i % 251) },
    ],
  });
  await writeFile(file, bytes);
  return file;
}

const double: LoadModel = () =>
  Promise.resolve({
    loadMs: 1,
    shapes: {},
    peakBytes: () => Promise.resolve(1000),
    run: (inputs) => {
      const { X } = JSON.parse(inputs) as { X: number[][] };
      return Promise.resolve({ outputs: JSON.stringify({ Y: X.map((row) => row.map((x) => 2 * x)) }), runMs: 1 });
    },
    answer: () => Promise.resolve(null),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

async function publish(
  request: Partial<PublishRequest> & { file: string },
  load: LoadModel = double,
  signal = new AbortController().signal,
): Promise<{ result: PublishResult; events: PublishEvent[] }> {
  const client = createClient('http://hub', { key, fetch: hub.fetch });
  const story = publishModel(
    { client, key, clock: Date.now, signal, formats: formatTable, load },
    { dryRun: false, wait: true, timeoutMs: 5000, ...request },
  );
  const events: PublishEvent[] = [];
  for (;;) {
    const { done, value } = await story.next();
    if (done) return { result: value, events };
    events.push(value);
  }
}

const puts = () => hub.requests.filter((line) => line.startsWith('PUT')).length;

it('publishes a model with its real output as the first vector and follows it until it is callable', async () => {
  const { result, events } = await publish({ file: await writeModel() });
  expect(result).toMatchObject({ created: true, callable: true });
  expect(result.reference).toMatch(/^0x[0-9a-f]{40}\/double@0\.1\.0$/);
  expect(result.manifest).toMatchObject({
    inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 2] }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, 2] }],
    vectors: [{ inputs: { X: [[0, 0.625]] }, outputs: { Y: [[0, 1.25]] }, rtol: 1e-3, atol: 1e-5 }],
  });
  expect(events.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['read', 'example', 'manifest', 'upload', 'published', 'conditions']),
  );
  for (const stage of Object.values(result.timings)) expect(stage).toBeTypeOf('number');
});

it('publishing the same again changes nothing and runs nothing, though a run would answer differently', async () => {
  const file = await writeModel();
  const first = await publish({ file });
  const sent = puts();
  const second = await publish({ file }, () => Promise.reject(new Error('it was run')));
  expect(second.result).toMatchObject({ created: false, digest: first.result.digest, callable: true });
  expect(puts()).toBe(sent);
  expect(hub.releases.size).toBe(1);
});

it('the same holds for a vector that is kept as a file', async () => {
  const file = await writeModel();
  const example = join(directory, 'in.json');
  await writeFile(example, JSON.stringify({ X: Array.from({ length: 6000 }, (_, i) => [i, i / 7]) }));
  const first = await publish({ file, example });
  expect(first.result.manifest.vectors).toEqual([expect.objectContaining({ file: 'vectors/1.json' })]);
  expect(first.result.manifest.files.map(({ path }) => path)).toEqual(['model.onnx', 'vectors/1.json']);
  const second = await publish({ file, example }, () => Promise.reject(new Error('it was run')));
  expect(second.result).toMatchObject({ created: false, digest: first.result.digest });
});

it('what the framework answers otherwise than the graph is not uploaded; what it answers alike is the vector', async () => {
  const file = await writeModel();
  const [example, right, wrong] = ['in.json', 'right.json', 'wrong.json'].map((name) => join(directory, name));
  if (!example || !right || !wrong) throw new Error('three names');
  await writeFile(example, '{"X":[[1,2]]}');
  await writeFile(right, '[[2.0001, 4]]');
  await writeFile(wrong, '[[2, 5]]');
  await expect(publish({ file, example, expected: wrong })).rejects.toMatchObject({ code: 'ExpectedDiffers' });
  expect(hub.requests.filter((line) => !line.startsWith('GET'))).toEqual([]);

  const first = await publish({ file, example, expected: right });
  expect(first.result).toMatchObject({ truth: 'publisher' });
  expect(first.result.manifest.vectors).toMatchObject([{ outputs: { Y: [[2.0001, 4]] }, expected: ['Y'] }]);
  expect((await publish({ file, example, expected: right })).result).toMatchObject({ created: false });
  expect((await publish({ file, example })).result).toMatchObject({ created: false, truth: 'publisher' });
  await writeFile(right, '[[2.0002, 4]]');
  await expect(publish({ file, example, expected: right })).rejects.toMatchObject({ code: 'VersionExists' });
});

it.each([
  ['another model', async () => ({ file: await writeModel(100) })],
  ['other words', async () => ({ file: await writeModel(), title: 'Double' })],
])('a version that exists with %s is never overwritten; the next free one is named', async (_, change) => {
  await publish({ file: await writeModel() });
  await publish({ file: await writeModel(), version: '0.3.9' });
  await expect(publish(await change())).rejects.toMatchObject({
    code: 'VersionExists',
    message: expect.stringContaining('--version 0.3.10'),
  });
  expect(hub.releases.size).toBe(2);
});

it('a path of the publisher’s machine does not reach the hub; what was published with it stays as it is', async () => {
  const file = await writeModel();
  // One entry of metadata_props, as exporters write it behind the graph.
  const [key, value] = ['source', '/home/jane/net.py'].map((text, at) =>
    Buffer.concat([Buffer.from([(at + 1) * 8 + 2, text.length]), Buffer.from(text)]),
  );
  const entry = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)]);
  await writeFile(file, Buffer.concat([await readFile(file), Buffer.from([14 * 8 + 2, entry.length]), entry]));
  const stripped = await publish({ file });
  expect(stripped.events).toContainEqual({ kind: 'notice', text: expect.stringContaining('--keep-metadata') });
  const kept = await publish({ file, version: '0.2.0', keepMetadata: true });
  const sizeOf = ({ result }: typeof kept) => result.manifest.files[0]?.size;
  expect(sizeOf(kept)).toBe((await stat(file)).size);
  expect(sizeOf(stripped)).toBeLessThan((await stat(file)).size);
  const again = await publish({ file, version: '0.2.0' });
  expect(again.result).toMatchObject({ created: false, digest: kept.result.digest });
});

it('two at once with different content: the second is told, whoever wins', async () => {
  const file = await writeModel();
  hub.failNext('POST /v1/releases', () => problem('VersionExists'));
  await expect(publish({ file })).rejects.toMatchObject({ code: 'VersionExists' });
});

it('two at once with the same model: the second finds the first, although its made-up example is another', async () => {
  const file = await writeModel();
  const first = await publish({ file });
  hub.failNext('GET /v1/releases', () => problem('ReleaseNotFound'));
  hub.failNext('POST /v1/releases', () => problem('VersionExists'));
  const second = await publish({ file });
  expect(second.result).toMatchObject({ created: false, digest: first.result.digest });
});

it('sends only what has not arrived when it is run again after an interruption', async () => {
  const file = await writeModel(3 * chunkBytes);
  const stop = new AbortController();
  hub.failNext('PUT', () => {
    stop.abort();
    throw new TypeError('fetch failed');
  });
  await expect(publish({ file }, double, stop.signal)).rejects.toThrow();
  const before = hub.chunks.size;
  const sentBefore = puts();
  expect(before).toBeLessThan(4);
  const { result, events } = await publish({ file });
  expect(result.callable).toBe(true);
  expect(puts() - sentBefore).toBe(4 - before);
  const upload = events.filter((event) => event.kind === 'upload').at(-1);
  expect(upload).toMatchObject({ done: upload?.kind === 'upload' ? upload.total : 0 });
});

it('a chunk that fails once in passing is sent again', async () => {
  hub.failNext('PUT', () => problem('NotReady'));
  expect((await publish({ file: await writeModel() })).result.callable).toBe(true);
});

it('a full disk of the hub ends it at once, with the remedy', async () => {
  hub.failNext('PUT', () => problem('DiskFull'));
  await expect(publish({ file: await writeModel() })).rejects.toMatchObject({ code: 'DiskFull' });
  expect(puts()).toBe(1);
});

it('ends where a condition fails for good, with what the hub said', async () => {
  hub.play([(view) => ({ ...view, ...standing(['True', 'True', 'False', 'Unknown'], { Verified: 'VectorFailed' }) })]);
  const { result } = await publish({ file: await writeModel() });
  expect(result.callable).toBe(false);
  expect(result.conditions[2]).toMatchObject({ status: 'False', reason: 'VectorFailed' });
  expect(result.timings.reachableMs).toBeNull();
  expect(hub.requests.filter((line) => line.endsWith('/events'))).toHaveLength(1);
});

it('waits on while a failure may pass, at most until the deadline', async () => {
  hub.play([(view) => ({ ...view, ...standing(['True', 'True', 'True', 'False'], { Reachable: 'ProbeTimeout' }) })]);
  const { result } = await publish({ file: await writeModel(), timeoutMs: 700 });
  expect(result.callable).toBe(false);
  expect(hub.requests.filter((line) => line.endsWith('/events')).length).toBeGreaterThan(1);
});

it('a dry run asks nobody and stops at the manifest', async () => {
  const { result } = await publish({ file: await writeModel(), dryRun: true, title: 'Twice' });
  expect(result.manifest).toMatchObject({ name: 'double', title: 'Twice' });
  expect(hub.requests).toEqual([]);
});

it('words of callable.json go into the manifest, those of the command line win', async () => {
  const file = await writeModel();
  await writeFile(
    join(directory, 'callable.json'),
    JSON.stringify({
      ...{ name: 'twice', version: '2.0.0', title: 'A', license: 'MIT', tags: ['x'] },
      inputs: [{ name: 'X', description: 'two numbers' }],
    }),
  );
  const { result } = await publish({ file, title: 'B', dryRun: true });
  expect(result.manifest).toMatchObject({
    ...{ name: 'twice', version: '2.0.0', title: 'B', license: 'MIT', tags: ['x'] },
    inputs: [{ name: 'X', description: 'two numbers' }],
  });
});

it('allows in the vector for what differs between two runs', async () => {
  let run = 0;
  const noisy: LoadModel = async (...args) => ({
    ...(await double(...args)),
    run: () => Promise.resolve({ outputs: `{"Y":[[${run++},1]]}`, runMs: 1 }),
  });
  const { result, events } = await publish({ file: await writeModel() }, noisy);
  expect(result.manifest.vectors[0]).toMatchObject({ atol: 4 });
  expect(events).toContainEqual({ kind: 'notice', text: expect.stringContaining('differently each time') });
});

it('a model that throws dice is published with a vector that says how little it proves', async () => {
  const file = join(directory, 'dice.onnx');
  const x = { name: 'X', datatype: 'FP32' as const, shape: [null, 2] };
  const nodes = [{ op: 'RandomUniformLike', inputs: ['X'], outputs: ['Y'] }];
  await writeFile(file, buildModel({ inputs: [x], outputs: [{ ...x, name: 'Y' }], nodes }));
  const { result, events } = await publish({ file, dryRun: true });
  expect(result.manifest.vectors[0]).toMatchObject({ checks: 'signature' });
  expect(result.manifest.needs.abilities).toEqual(['signature-vectors']);
  expect(events).toContainEqual({ kind: 'notice', text: expect.stringContaining('proves only that it answers') });
  expect(events).toContainEqual(expect.objectContaining({ kind: 'example', random: true }));
  await expect(publish({ file, dryRun: true, expected: file })).rejects.toThrow('there is nothing to compare');
});

it('an example may leave out an input with a stored value: "The example cannot be read back" was all that was said', async () => {
  const file = join(directory, 'stored.onnx');
  const shaped = (name: string) => ({ name, datatype: 'FP32' as const, shape: [null, 2] });
  await writeFile(
    file,
    buildModel({
      inputs: [shaped('X'), { name: 'w', datatype: 'FP32', shape: [2] }],
      outputs: [shaped('Y')],
      nodes: [{ op: 'Add', inputs: ['X', 'w'], outputs: ['Y'] }],
      initializers: [{ name: 'w', datatype: 'FP32', shape: [2], raw: new Uint8Array(8) }],
    }),
  );
  const example = join(directory, 'in.json');
  await writeFile(example, '{"X":[[1,2]]}');
  const { result } = await publish({ file, example });
  expect(result.manifest.inputs).toMatchObject([{ name: 'X' }, { name: 'w', default: [0, 0] }]);
});

it('a model that fails on the one made example is given larger ones; all failing, the first failure is told', async () => {
  const wantsEight: LoadModel = async (...args) => {
    const model = await double(...args);
    return {
      ...model,
      run: (inputs) =>
        JSON.parse(inputs).X.length < 8
          ? Promise.reject(new CallableError('ExampleFailed', `too few: ${JSON.parse(inputs).X.length}`))
          : model.run(inputs),
    };
  };
  const { result } = await publish({ file: await writeModel() }, wantsEight);
  expect(result.manifest.vectors[0]).toMatchObject({ inputs: { X: expect.objectContaining({ length: 8 }) } });
  const never: LoadModel = async (...args) => ({
    ...(await double(...args)),
    run: (inputs) => Promise.reject(new CallableError('ExampleFailed', `no: ${JSON.parse(inputs).X.length}`)),
  });
  await expect(publish({ file: await writeModel(), name: 'never' }, never)).rejects.toThrow('no: 1');
});

it('a model that looks values up in a small table is given zeros and ones, and what was made is said', async () => {
  const file = join(directory, 'table.onnx');
  const ids = { name: 'X', datatype: 'INT64' as const, shape: [1, 4] };
  const nodes = [{ op: 'Add', inputs: ['X', 'X'], outputs: ['Y'] }];
  await writeFile(file, buildModel({ inputs: [ids], outputs: [{ ...ids, name: 'Y' }], nodes }));
  const table: LoadModel = async (...args) => {
    const model = await double(...args);
    const fail = (of: string) =>
      Promise.reject(new CallableError('ExampleFailed', `The model failed on the example (RunFailed): ${of}`));
    return { ...model, run: (inputs) => (/[2-9]/.test(inputs) ? fail(inputs) : model.run(inputs)) };
  };
  const { result, events } = await publish({ file, dryRun: true }, table);
  expect(result.manifest.vectors[0]).toMatchObject({ inputs: { X: [[0, 1, 0, 1]] } });
  expect(events).toContainEqual(expect.objectContaining({ kind: 'example', made: 'zeros and ones' }));
  const none: LoadModel = async (...args) => ({
    ...(await double(...args)),
    run: () => Promise.reject(new CallableError('ExampleFailed', 'The model failed on the example (RunFailed): no.')),
  });
  await expect(publish({ file, dryRun: true }, none)).rejects.toThrow(
    'The model failed on the example made from the shapes (RunFailed): no. 4 others of other sizes and values failed too.',
  );
});

it('of an input without a rank it is said how many axes callers have to send', async () => {
  const file = join(directory, 'norank.onnx');
  const x = { name: 'X', datatype: 'FP32' as const };
  const nodes = [{ op: 'Add', inputs: ['X', 'X'], outputs: ['Y'] }];
  await writeFile(file, buildModel({ inputs: [x], outputs: [{ ...x, name: 'Y', shape: [null, null] }], nodes }));
  const example = join(directory, 'in.json');
  await writeFile(example, '{"X":[[1,2]]}');
  const { events } = await publish({ file, example, dryRun: true });
  expect(events).toContainEqual({ kind: 'notice', text: expect.stringContaining('callers of this release send 2') });
});

it.each([
  ['there is no such file', 'none.onnx', null, 'FileUnreadable'],
  ['it is empty', 'empty.onnx', '', 'NotAModel'],
  ['it is text', 'text.onnx', 'hello, this is not a model at all', 'NotAModel'],
  [
    'it is an LFS pointer',
    'lfs.onnx',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    'LfsPointer',
  ],
])('refuses the file when %s, before anything is sent', async (_, name, content, code) => {
  const file = join(directory, name);
  if (content !== null) await writeFile(file, content);
  await expect(publish({ file })).rejects.toMatchObject({ code });
  expect(hub.requests).toEqual([]);
});

it('leaves no temporary files, whether it ends well or not', async () => {
  const leftovers = async () => (await readdir(tmpdir())).filter((name) => /^callable-[A-Za-z0-9]{6}$/.test(name));
  const before = await leftovers();
  const file = await writeModel();
  await publish({ file });
  await publish({ file, name: 'x' }, () => Promise.reject(new CallableError('LoadFailed'))).catch(() => undefined);
  hub.failNext('PUT', () => problem('DiskFull'));
  await publish({ file: await writeModel(5), name: 'y' }).catch(() => undefined);
  expect(await leftovers()).toEqual(before);
});
