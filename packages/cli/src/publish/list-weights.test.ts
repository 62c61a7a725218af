import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { buildModel } from '@callable/formats/build';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { locateModel } from './locate-model.ts';
import { readModel } from './read-model.ts';

let directory = '';
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'callable-weights-')));
});
afterEach(() => rm(directory, { recursive: true }));

const model = (location: string) =>
  buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [{ name: 'w', datatype: 'FP32', shape: [1], external: { location } }],
  });

async function read(file: string) {
  await mkdir(join(directory, 'temp'), { recursive: true });
  const located = await locateModel(file, formatTable);
  return (await readModel(located, join(directory, 'temp'), { signal: new AbortController().signal })).files;
}

const put = async (path: string, bytes: Uint8Array = new Uint8Array(4)) => {
  await mkdir(join(directory, path, '..'), { recursive: true });
  await writeFile(join(directory, path), bytes);
};

it('external data in a subfolder is part of the release, under the path the model names', async () => {
  await put('m/model.onnx', model('weights/w.bin'));
  await put('m/weights/w.bin');
  expect(await read(join(directory, 'm/model.onnx'))).toEqual([
    { path: 'model.onnx', source: join(directory, 'm/model.onnx') },
    { path: 'weights/w.bin', source: join(directory, 'm/weights/w.bin') },
  ]);
});

it('a cache that links model and weights to one store of files is taken as it lies', async () => {
  await put('store/aa', model('model.onnx_data'));
  await put('store/bb');
  await mkdir(join(directory, 'snapshot'));
  await symlink('../store/aa', join(directory, 'snapshot/model.onnx'));
  await symlink('../store/bb', join(directory, 'snapshot/model.onnx_data'));
  const files = await read(join(directory, 'snapshot/model.onnx'));
  expect(files[1]).toEqual({ path: 'model.onnx_data', source: join(directory, 'store/bb') });
});

it('attack: a model whose weights are a link to a secret publishes no secret, and says where it leads', async () => {
  await put('home/id_key', new Uint8Array(64));
  await put('m/model.onnx', model('w.bin'));
  await symlink('../home/id_key', join(directory, 'm/w.bin'));
  await expect(read(join(directory, 'm/model.onnx'))).rejects.toMatchObject({
    code: 'FileUnreadable',
    message: expect.stringMatching(/w\.bin, which is a link to \S*home\/id_key, outside of its folder/),
  });
});

it('attack: folders that link to each other end the search', async () => {
  await put('m/model.onnx', model('missing.bin'));
  await mkdir(join(directory, 'm/a'));
  await symlink('..', join(directory, 'm/a/up'));
  await expect(read(join(directory, 'm/model.onnx'))).rejects.toMatchObject({ code: 'UploadIncomplete' });
});

it('whose weights lie behind a link to a folder elsewhere is told so, not to publish again', async () => {
  await put('elsewhere/w.bin');
  await put('m/model.onnx', model('sub/w.bin'));
  await symlink('../elsewhere', join(directory, 'm/sub'));
  await expect(read(join(directory, 'm/model.onnx'))).rejects.toMatchObject({
    code: 'UploadIncomplete',
    next: expect.stringContaining('cp -rL'),
  });
});
