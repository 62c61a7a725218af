import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, readVectorBytes } from '@callable/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeVector } from './write-vector.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-vector-'));
});
afterEach(() => rm(directory, { recursive: true }));

const tolerance = { rtol: 0, atol: 0 };
const specs: Pick<Manifest, 'inputs' | 'outputs'> = {
  inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, -1] }],
  outputs: [{ name: 'Y', datatype: 'FP32', shape: [-1, -1] }],
};

it('stays in the manifest while it is small', async () => {
  const recorded = { name: 'example', inputs: '{"X":[1]}', outputs: '{"Y":[2]}', tolerance };
  expect(await writeVector(recorded, directory, specs)).toEqual({
    vector: { name: 'example', inputs: { X: [1] }, outputs: { Y: [2] }, ...tolerance },
    file: null,
    abilities: [],
  });
});

it('integers a double cannot hold go into a file, digit by digit', async () => {
  const recorded = {
    name: 'example',
    inputs: '{"X":[9007199254740993]}',
    outputs: '{"Y":[-9223372036854775808]}',
    tolerance,
  };
  const { vector, file } = await writeVector(recorded, directory, specs);
  expect(vector).toEqual({ name: 'example', file: 'vectors/1.json', ...tolerance });
  expect(await readFile(file?.source ?? '', 'utf8')).toBe(
    '{"inputs":{"X":[9007199254740993]},"outputs":{"Y":[-9223372036854775808]}}',
  );
});

it('an image of 1024 x 1024 becomes a binary file: of inputs that repeat themselves it keeps a few bytes', async () => {
  const row = Array.from({ length: 3 * 1104 }, (_, at) => ((at * 5) % 8) / 8);
  const inputs = JSON.stringify({ X: Array(1024).fill(row) });
  const outputs = JSON.stringify({ Y: [[0.1, 2]] });
  const { vector, file, abilities } = await writeVector(
    { name: 'example', inputs, outputs, tolerance },
    directory,
    specs,
  );
  expect([vector, abilities]).toEqual([{ name: 'example', file: 'vectors/1.bin', ...tolerance }, ['binary-vectors']]);
  const bytes = await readFile(file?.source ?? '');
  expect(bytes.length).toBeLessThan(1024);
  const read = readVectorBytes(vector, bytes);
  expect(new TextDecoder().decode(read?.inputs) === inputs).toBe(true);
  expect(read).toMatchObject({ outputNames: ['Y'], outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 2] }] });
});

it('what no gateway would carry is refused with its size and the limit, before anything is sent', async () => {
  const digits = Array.from({ length: 1024 }, (_, at) => Math.fround(Math.sin(at + 1) * 1e-9));
  const inputs = JSON.stringify({ X: Array(3 * 1024).fill(digits) });
  const writing = writeVector({ name: 'example', inputs, outputs: '{"Y":[[1]]}', tolerance }, directory, specs);
  await expect(writing).rejects.toMatchObject({
    code: 'ExampleInvalid',
    message: expect.stringMatching(/takes 7\d\.\d MB; .* at most 33\.6 MB/),
  });
});

it('-0.0 goes into a file: canonical JSON would make 0 of it', async () => {
  const recorded = { name: 'example', inputs: '{"X":[-0.0]}', outputs: '{"Y":[-0]}', tolerance };
  const { file } = await writeVector(recorded, directory, specs);
  expect(await readFile(file?.source ?? '', 'utf8')).toBe('{"inputs":{"X":[-0.0]},"outputs":{"Y":[-0]}}');
});
