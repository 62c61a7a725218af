import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildModel } from '@callable/formats/build';
import { canonicalJson } from '@callable/protocol';
import { createRuntimes, type LoadedModel } from '@callable/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identifyRuntime } from './replica.ts';

let root: string;
let runtimes: ReturnType<typeof createRuntimes>;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'callable-identity-'));
  const sample = { datatype: 'FP32' as const, shape: ['n'] };
  const [inputs, outputs] = [[{ name: 'x', ...sample }], [{ name: 'y', ...sample }]];
  const nodes = [{ op: 'Add', inputs: ['x', 'x'], outputs: ['y'] }];
  await writeFile(join(root, 'model.onnx'), buildModel({ inputs, outputs, nodes }));
  runtimes = createRuntimes({ directory: root, warm: 0, memoryBytes: 256 * 2 ** 20 });
});
afterAll(async () => {
  await runtimes[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

async function load(engine: string, threads: number): Promise<LoadedModel> {
  const specs = (name: string) => [{ name, datatype: 'FP32' as const, shape: [-1] }];
  const limits = { memoryBytes: 256 * 2 ** 20, loadMs: 30_000, runMs: 30_000 };
  const source = { digest: 'sha256:0', directory: root, entry: 'model.onnx', inputs: specs('x'), outputs: specs('y') };
  const verdict = await runtimes.load({ ...source, engine, threads, limits });
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.model;
}

/** Version of an installed package, and the hashes of the binaries in one of its folders. */
async function installed(name: string, folder: string): Promise<{ version: string; hashes: string[] }> {
  const resolved = createRequire(import.meta.url).resolve('@callable/runtime');
  let home = dirname(createRequire(resolved).resolve(name));
  while ((await readFile(join(home, 'package.json'), 'utf8').catch(() => '')).includes(`"name": "${name}"`) === false)
    home = dirname(home);
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const files = (await readdir(join(home, folder))).filter((file) => /onnxruntime|\.wasm$/.test(file));
  const hash = async (file: string) =>
    createHash('sha256')
      .update(await readFile(join(home, folder, file)))
      .digest('hex');
  return { version, hashes: await Promise.all(files.map(hash)) };
}

const machine = `${process.platform}-${process.arch}`;

// Receipts of version 1 hold the hash of exactly this text: a member more, less or renamed is another runtime to everybody.
it.each([
  ['native', 'onnxruntime-node', 'cpu', 2, `bin/napi-v6/${process.platform}/${process.arch}`],
  ['wasm', 'onnxruntime-web', 'wasm', 1, 'dist'],
])('the identity of the runtime %s is this text, whatever the order of its members', async (engine, name, ...rest) => {
  const [provider, threads, folder] = rest;
  await using model = await load(engine, threads);
  const { version, hashes } = await installed(name, folder);
  const { runtime, runtimeDigest } = identifyRuntime(model);
  const { binarySha256 } = model.info;
  expect(hashes).toContain(binarySha256);
  const text =
    `{"arch":"${machine}","binarySha256":"${binarySha256}","executionProvider":"${provider}",` +
    `"graphOptimization":"all","name":"${name}","node":"${process.version}","threads":${threads},"version":"${version}"}`;
  expect(canonicalJson(runtime)).toBe(text);
  expect(runtimeDigest).toBe(createHash('sha256').update(text).digest('hex'));
  const settings = Object.fromEntries(Object.entries(model.info.settings).reverse());
  const info = { ...Object.fromEntries(Object.entries(model.info).reverse()), settings } as LoadedModel['info'];
  expect(identifyRuntime({ ...model, info }).runtimeDigest).toBe(runtimeDigest);
});
