import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { locateModel } from './locate-model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callable-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), path);
  }
}

it('takes every plain file of a folder with its model, but not what editors leave there', async () => {
  await put('net.onnx', 'weights.bin', 'tokenizer/vocab.txt', 'README.md', 'callable.json', '.git/config');
  const { file, companions } = await locateModel(folder, formatTable);
  expect(file).toBe(join(folder, 'net.onnx'));
  expect(companions.map(({ path }) => path)).toEqual(['README.md', 'tokenizer/vocab.txt', 'weights.bin']);
});

it('takes model.onnx where there are several', async () => {
  await put('model.onnx', 'decoder.onnx');
  expect((await locateModel(folder, formatTable)).companions.map(({ path }) => path)).toEqual(['decoder.onnx']);
});

it('leaves a single file alone', async () => {
  await put('net.onnx', 'other.bin');
  expect(await locateModel(join(folder, 'net.onnx'), formatTable)).toEqual({
    file: join(folder, 'net.onnx'),
    format: formatTable.onnx,
    companions: [],
  });
});

it.each([
  ['has no model', ['a.txt'], /no \.onnx file/],
  ['has several models', ['a.onnx', 'b.onnx'], /holds 2 models, a\.onnx, b\.onnx, and a release has one/],
  ['has names that differ only in case', ['model.onnx', 'A.txt', 'a.txt'], /cannot stand beside each other/],
  ['has a name outside the grammar', ['model.onnx', 'a\u00e9.txt'], /cannot be part of a release/],
])('refuses a folder that %s', async (_why, paths, message) => {
  await put(...paths);
  await expect(locateModel(folder, formatTable)).rejects.toThrow(message);
});

it('attack: a link in the folder does not carry a secret of its owner along', async () => {
  await put('model.onnx');
  await symlink('/etc/passwd', join(folder, 'notes.txt'));
  await expect(locateModel(folder, formatTable)).rejects.toThrow(/notes\.txt is a link/);
});
