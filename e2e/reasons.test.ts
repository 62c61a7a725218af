import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';
import { type ReasonCode, reasons } from '@callable/protocol';
import { createRunnerPool } from '@callable/runtime';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { checkout } from './support/spawn-callable.ts';

/**
 * The reasons a release may have on its path, each with the test in which the real thing brings it about: the fold, the
 * inspection of a file, a runner, a node, the hub or the gateway.
 */
const behaviour = {
  UploadIncomplete: 'packages/hub/test/publish.test.ts',
  HashMismatch: 'packages/hub/test/stored-audit.test.ts',
  CheckStale: 'packages/protocol/src/conditions/conditions.test.ts',
  BlobExpired: 'packages/hub/test/walrus-keeping.test.ts',
  UnsupportedFormat: 'packages/formats/src/onnx/inspect/hostile-files.test.ts',
  UnsafeModel: 'packages/node/src/start-node.test.ts',
  UnsupportedOperator: 'packages/runtime/src/pool/hostile-models.test.ts',
  KernelMissing: 'packages/runtime/src/runners/onnx/explain-error.test.ts',
  UnsupportedValueType: 'packages/formats/src/onnx/inspect/hostile-graphs.test.ts',
  SchemaMismatch: 'packages/node/src/start-node.test.ts',
  LoadFailed: 'packages/runtime/src/pool/hostile-models.test.ts',
  OutOfMemory: 'packages/runtime/src/pool/hostile-models.test.ts',
  TimedOut: 'packages/runtime/src/pool/hostile-models.test.ts',
  VectorFailed: 'packages/node/src/start-node.test.ts',
  NoVectors: 'packages/node/src/start-node.test.ts',
  AwaitingValidators: 'packages/hub/test/release-path.test.ts',
  ValidatorsDisagree: 'packages/protocol/test/conditions.property.test.ts',
  NoNodeHoldsModel: 'packages/hub/test/probes.test.ts',
  NoNodeFits: 'packages/hub/test/release-path.test.ts',
  CachedNotLoaded: 'packages/gateway/test/refusals.test.ts',
  ProbeTimeout: 'packages/hub/test/probes.test.ts',
  NeverCalled: 'packages/hub/test/release-path.test.ts',
  OnlyPublisherCalls: 'packages/hub/test/release-path.test.ts',
  RecentFailures: 'packages/protocol/src/conditions/conditions.test.ts',
  ReleaseYanked: 'packages/gateway/test/notices.test.ts',
  ReleaseRefused: 'packages/gateway/test/notices.test.ts',
} as const satisfies Partial<Record<ReasonCode, string>>;

/** Words of audits, which came before the work they are about: to be taken off as it is done. */
const notBuiltYet: readonly string[] = [
  'ValidationConfirmed',
  'ValidationInvented',
  'AnswerDiffers',
  'AnswerNotShown',
  'NotAuditable',
] satisfies ReasonCode[];

const read = (path: string) => readFileSync(join(checkout, path), 'utf8');
const files = ['packages', 'e2e']
  .flatMap((folder) =>
    readdirSync(join(checkout, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  )
  .filter((path) => path.endsWith('.ts') && !/node_modules|[/\\]dist[/\\]/.test(path));
// Tables of words and this list of names prove nothing.
const isTest = (path: string) => /\.test\.ts$/.test(path) && !/[/\\]reasons\.test\.ts$/.test(path);
const isSource = (path: string) =>
  /[/\\]src[/\\]/.test(path) && !/\.test\.ts$/.test(path) && !/protocol.src.reasons/.test(path);
const tests = files.filter((path) => isTest(path)).map(read);
const sources = files.filter((path) => isSource(path)).map(read);
const names = (texts: readonly string[], code: string) => {
  const word = new RegExp(`\\b${code}\\b`);
  return texts.some((text) => word.test(text));
};

it.each(Object.entries(behaviour))('%s is brought about in %s', (code, path) => {
  expect(read(path)).toMatch(new RegExp(`['"\`/ ]${code}\\b`));
});

it('no reason is dead: some source says it, and some test hears it', () => {
  const here = read('e2e/reasons.test.ts').split('// Heard here').at(-1) ?? '';
  const isDead = (code: string) => !names(sources, code) || !names([...tests, here], code);
  expect(Object.keys(reasons).filter((code) => isDead(code) && !notBuiltYet.includes(code))).toEqual([]);
});

// Heard here

it('RunFailed: a model whose inputs do not go together fails as the runtime runs it', async () => {
  await using directory = await openTempDir();
  const input = (name: string) => ({ name, datatype: 'FP32' as const, shape: [`length of ${name}`] });
  const output = { name: 'y', datatype: 'FP32' as const, shape: ['any'] };
  const model = buildModel({
    inputs: [input('a'), input('b')],
    outputs: [output],
    nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
  });
  await writeFile(join(directory.path, 'model.onnx'), model);
  const spec = (name: string) => ({ name, datatype: 'FP32' as const, shape: [-1] });
  await using pool = createRunnerPool({ directory: directory.path, warm: 0 });
  const verdict = await pool.load({
    digest: 'sha256:add',
    directory: directory.path,
    entry: 'model.onnx',
    inputs: [spec('a'), spec('b')],
    outputs: [spec('y')],
    limits: { memoryBytes: 256 * 2 ** 20, loadMs: 20_000, runMs: 20_000 },
  });
  if (!verdict.ok) throw new Error(verdict.message);
  const body = new TextEncoder().encode('{"a": [1, 2, 3], "b": [1, 2]}');
  const answer = await verdict.model.run({ encoding: 'plain', body, salt: new Uint8Array(32) }, { deadlineMs: 20_000 });
  expect(answer).toMatchObject({ ok: false, reason: 'RunFailed' });
});
