import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeVector } from './write-vector.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callable-vector-'));
});
afterEach(() => rm(directory, { recursive: true }));

const tolerance = { rtol: 0, atol: 0 };

it('stays in the manifest while it is small', async () => {
  const recorded = { name: 'example', inputs: '{"X":[1]}', outputs: '{"Y":[2]}', tolerance };
  expect(await writeVector(recorded, directory)).toEqual({
    vector: { name: 'example', inputs: { X: [1] }, outputs: { Y: [2] }, ...tolerance },
    file: null,
  });
});

it('integers a double cannot hold go into a file, digit by digit', async () => {
  const recorded = {
    name: 'example',
    inputs: '{"X":[9007199254740993]}',
    outputs: '{"Y":[-9223372036854775808]}',
    tolerance,
  };
  const { vector, file } = await writeVector(recorded, directory);
  expect(vector).toEqual({ name: 'example', file: 'vectors/1.json', ...tolerance });
  expect(await readFile(file?.source ?? '', 'utf8')).toBe(
    '{"inputs":{"X":[9007199254740993]},"outputs":{"Y":[-9223372036854775808]}}',
  );
});
