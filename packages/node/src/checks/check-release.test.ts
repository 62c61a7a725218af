import { createHash } from 'node:crypto';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { type Address, checkSeed, deriveInputs, type Manifest, type Tensor, tensorDigest } from '@callable/protocol';
import { createRelease, describeRelease, doublingRelease, type Release, toyRelease } from '@callable/stand-ins';
import { testFormats, testRuntimes } from '@callable/test-engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckContext, openCheckContext } from '../../test/open-check-context.ts';
import { runAdjudicator } from '../audits/run-adjudicator.ts';
import { validateRelease } from '../tasks/validate-release.ts';

let checks: CheckContext;
beforeAll(async () => {
  checks = await openCheckContext({ formats: testFormats, runtimes: testRuntimes });
});
afterAll(() => checks[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(120_000);
const round = '7'.repeat(64);
const other = `0x${'2'.repeat(40)}` as Address;
const vectors: Manifest['vectors'] = [
  { name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 5] }, rtol: 1e-3, atol: 1e-6 },
];

/** What a node would sign of this release. */
async function validate(release: Release, more: Record<string, Uint8Array> = {}, round?: string) {
  const placed = await checks.place(release, more);
  const drawn = { release: placed.digest, epoch: 1, ...(round ? { round } : {}) };
  const verdict = await validateRelease(checks.context, drawn, signal);
  return { verdict, placed, codes: verdict.findings?.map(({ code }) => code) };
}

function releaseOf(
  name: string,
  nodes: ModelSpec['nodes'],
  more: Partial<ModelSpec> = {},
  fields: Partial<Manifest> = {},
): Release {
  const model = buildModel({
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['n'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['n'] }],
    nodes,
    ...more,
  });
  return createRelease({ 'model.onnx': model }, { vectors, name, ...fields });
}

describe('a good release', () => {
  it('has a class, a spread and canonical answers, and nothing to warn of', async () => {
    const { verdict, placed } = await validate(doublingRelease());
    expect(verdict).toMatchObject({ ok: true, findings: [], auditClass: 1, spread: 0 });
    expect(verdict.adjudication).toMatchObject({
      runtime: expect.stringMatching(/^onnxruntime-web@1\.30\.0\+[0-9a-f]{16}$/),
      inputs: 2,
    });
    // Kept, and none of it counted against it: the checks are this node's doing.
    const replica = checks.context.replicas.find(placed.digest);
    expect(replica?.model.deaths).toBe(0);
    await replica?.[Symbol.asyncDispose]();
  });

  it('has answers that anybody computes again from the statement alone, on wasm as on paper', async () => {
    const { verdict, placed } = await validate(doublingRelease({ version: '1.0.1' as never }));
    const seed = checkSeed(placed.digest, checks.context.address, 1);
    const data = new Uint8Array(Float32Array.of(1, 2.5).buffer);
    const example: Tensor[] = [{ name: 'x', datatype: 'FP32', shape: [2], data }];
    const inputs = [0, 1].map((index) => deriveInputs(example, seed, index, 'wide'));
    const onPaper = inputs.map(([x], index): Tensor => {
      const doubled = new Float32Array(x?.data.buffer as ArrayBuffer).map((value) => 2 * value);
      return { name: `${index}/y`, datatype: 'FP32', shape: [2], data: new Uint8Array(doubled.buffer) };
    });
    expect(verdict.adjudication?.digest).toBe(digestOf(onPaper, seed));

    for (const on of ['wasm', 'native'] as const) {
      const again = await runAdjudicator(checks.context, placed, { on, inputs, salt: seed, signal });
      if (!again.ok) throw new Error(again.message);
      const outputs = again.runs.map(
        (run, index) => ({ ...(run.ok ? run.outputs[0] : null), name: `${index}/y` }) as Tensor,
      );
      expect(digestOf(outputs, seed)).toBe(verdict.adjudication?.digest);
      expect(again.runtime).toContain(on === 'wasm' ? 'onnxruntime-web@' : 'onnxruntime-node@');
    }
  });

  it('before there were rounds a digest copied from another node is a wrong one', async () => {
    const placed = await checks.place(doublingRelease());
    const digestFor = async (address: Address, epoch: number) => {
      const context = { ...checks.context, address };
      const verdict = await validateRelease(context, { release: placed.digest, epoch }, signal);
      return verdict.adjudication?.digest;
    };
    const { address } = checks.context;
    const own = await digestFor(address, 1);
    expect(await digestFor(address, 1)).toBe(own);
    expect(await digestFor(other, 1)).not.toBe(own);
    expect(await digestFor(address, 2)).not.toBe(own);
  });

  it('in a round has the digest that every node gets, and in another round another', async () => {
    const placed = await checks.place(doublingRelease({ version: '1.0.3' }));
    const validateAs = (address: Address, round: string) =>
      validateRelease({ ...checks.context, address }, { release: placed.digest, epoch: 1, round }, signal);
    const own = await validateAs(checks.context.address, round);
    expect(own).toMatchObject({ ok: true, round, adjudication: { inputs: 2, passed: true } });
    expect((await validateAs(other, round)).adjudication).toEqual(own.adjudication);
    expect((await validateAs(other, '8'.repeat(64))).adjudication?.digest).not.toBe(own.adjudication?.digest);
  });
});

describe('a release that fails', () => {
  it('by its vector carries its canonical answers, as one that passes does', async () => {
    const wrong = [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 6] }, rtol: 1e-4, atol: 1e-6 }];
    const { verdict } = await validate(doublingRelease({ vectors: wrong }), {}, round);
    expect(verdict).toMatchObject({ ok: false, reason: 'VectorFailed', deterministic: true, round });
    expect(verdict.adjudication).toMatchObject({ inputs: 2, passed: false });
  });

  it('natively alone says that its vectors pass on wasm', async () => {
    const { verdict } = await validate(toyRelease('native-only', ['native vary']), {}, round);
    expect(verdict).toMatchObject({ ok: false, reason: 'VectorFailed', adjudication: { passed: true } });
  });

  it('on wasm alone says so, and warns', async () => {
    const { verdict, codes } = await validate(toyRelease('judged-off', ['judged vary']), {}, round);
    expect(verdict).toMatchObject({ ok: true, adjudication: { passed: false } });
    expect(codes).toContain('VectorFailsOnWasm');
  });

  it('for want of memory or time is no word, whatever wasm answers', async () => {
    const { verdict } = await validate(toyRelease('dies', ['native abort']), {}, round);
    expect(verdict).toMatchObject({
      ok: false,
      reason: 'RunnerDied',
      deterministic: false,
      adjudication: { passed: true },
    });
  });

  it('by loading natively is tried on wasm all the same', async () => {
    const { verdict } = await validate(toyRelease('load', ['load throw']), {}, round);
    expect(verdict).toMatchObject({ ok: false, reason: 'LoadFailed', adjudication: null });
    expect(verdict.findings?.map(({ code }) => code)).toEqual(['NotRunnableOnWasm']);
  });
});

describe('what cannot be audited', () => {
  it('a random operator: no class, however good the vectors look', async () => {
    const noise = { op: 'RandomUniformLike', inputs: ['x'], outputs: ['r'] };
    const nodes = [
      noise,
      { op: 'Mul', inputs: ['r', 'tiny'], outputs: ['t'] },
      { op: 'Add', inputs: ['d', 't'], outputs: ['y'] },
      { op: 'Add', inputs: ['x', 'x'], outputs: ['d'] },
    ];
    const initializers = [{ name: 'tiny', datatype: 'FP32' as const, shape: [], values: [1e-4] }];
    const { verdict, codes } = await validate(releaseOf('noise', nodes, { initializers }));
    expect(verdict).toMatchObject({ ok: true, auditClass: 0 });
    expect(codes).toEqual(expect.arrayContaining(['NonDeterministic', 'AnswersVary']));
  });

  it('a model that throws dice is verified by its types and shapes, also where it draws how much it answers', async () => {
    const draw = [
      { op: 'RandomUniformLike', inputs: ['x'], outputs: ['r'] },
      { op: 'Greater', inputs: ['r', 'half'], outputs: ['kept'] },
      { op: 'Compress', inputs: ['x', 'kept'], outputs: ['y'] },
    ];
    const initializers = [{ name: 'half', datatype: 'FP32' as const, shape: [], values: [0.5] }];
    const x = [1, 2, 3, 4, 5, 6, 7, 8];
    const thrown: Manifest['vectors'] = [
      { name: 'one', inputs: { x }, outputs: { y: [1] }, checks: 'signature', rtol: 0, atol: 0 },
    ];
    const { verdict, codes } = await validate(releaseOf('dice', draw, { initializers }, { vectors: thrown }));
    expect(verdict).toMatchObject({ ok: true, reason: 'VectorsPassed', auditClass: 0, adjudication: null });
    expect(verdict.message).toContain('proves only that it answers with these types and shapes');
    expect(codes).toContain('NonDeterministic');
  });

  it('attack: a vector that compares nothing proves nothing of a model that could be compared', async () => {
    const loose: Manifest['vectors'] = vectors.map((vector) => ({ ...vector, checks: 'signature' }));
    const nodes = [
      { op: 'Add', inputs: ['x', 'x'], outputs: ['y'] },
      { op: 'RandomUniformLike', inputs: ['x'], outputs: ['unused'] },
    ];
    const { verdict } = await validate(releaseOf('loose', nodes, {}, { vectors: loose }));
    expect(verdict).toMatchObject({ ok: false, reason: 'VectorTooLoose', deterministic: true });
  });

  it('a sum that the two runtimes round differently by more than a tolerance: exact bytes on wasm only', async () => {
    // A difference of two products, each a thousand times larger than what is left.
    const size = 512;
    const values = Array.from({ length: size * size }, (_, at) => ((at * 7919) % 1009) / 50 - 10);
    const near = values.map((value, at) => value * (1 + ((at * 31) % 7) * 1e-5));
    const nodes = [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['p'] },
      { op: 'MatMul', inputs: ['x', 'b'], outputs: ['q'] },
      { op: 'Sub', inputs: ['p', 'q'], outputs: ['y'] },
    ];
    const matrix = (name: string, each: number[]) => ({
      name,
      datatype: 'FP32' as const,
      shape: [size, size],
      values: each,
    });
    const release = releaseOf(
      'cancels',
      nodes,
      {
        inputs: [{ name: 'x', datatype: 'FP32', shape: ['n', size] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: ['n', size] }],
        initializers: [matrix('a', values), matrix('b', near)],
      },
      {
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, size] }],
        outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, size] }],
        vectors: [
          {
            name: 'zero',
            inputs: { x: [Array(size).fill(0)] },
            outputs: { y: [Array(size).fill(0)] },
            rtol: 0,
            atol: 1,
          },
        ],
      },
    );
    const { verdict, codes } = await validate(release);
    expect(verdict).toMatchObject({ ok: true, auditClass: 2, spread: expect.any(Number) });
    expect(codes).toContain('RuntimesDisagree');
  });

  it('a model too large for wasm: no canonical answers, and still verified', async () => {
    const release = doublingRelease({ version: '1.0.2' as never });
    const [file] = release.manifest.files;
    if (file) file.size = 2 ** 30;
    const { verdict, codes } = await validate(release);
    expect(verdict).toMatchObject({ ok: true, adjudication: null, spread: null, auditClass: 0 });
    expect(codes).toEqual(['TooLargeForWasm']);
  });
});

describe('attack: inputs at the ends of a datatype', () => {
  it('that kill the process are told; the release is verified, answers, and nothing is held against it', async () => {
    const { verdict, placed, codes } = await validate(toyRelease('fragile', ['NaN abort']));
    expect(verdict).toMatchObject({ ok: true, auditClass: 1 });
    expect(codes).toContain('CrashesOnExtremeInput');
    const replica = checks.context.replicas.find(placed.digest);
    expect(replica?.model.deaths).toBe(1);
    expect(replica?.deathsCounted).toBe(1);
    const body = new TextEncoder().encode('{"x":[6]}');
    const answer = await replica?.model.run(
      { encoding: 'plain', body, salt: new Uint8Array(32) },
      { deadlineMs: 10_000 },
    );
    expect(answer).toMatchObject({ ok: true });
    await replica?.[Symbol.asyncDispose]();
  });

  it('that kill the process only in an empty batch are told too', async () => {
    const { verdict, codes } = await validate(toyRelease('never-empty', ['empty abort']));
    expect(verdict).toMatchObject({ ok: true, auditClass: 1 });
    expect(codes).toContain('CrashesOnExtremeInput');
  });

  it('that never end are given up in seconds, and told', async () => {
    const began = performance.now();
    const { verdict, codes } = await validate(toyRelease('slow', ['NaN stall 60000']));
    expect(verdict).toMatchObject({ ok: true });
    expect(codes).toContain('HangsOnExtremeInput');
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  it('that ask for all memory cost the model its own, and are told', async () => {
    const { verdict, codes } = await validate(toyRelease('grow', ['NaN allocate 2048']));
    expect(verdict).toMatchObject({ ok: true, auditClass: 1 });
    expect(codes).toContain('ExhaustsMemoryOnExtremeInput');
  });
});

describe('what is refused', () => {
  it('says what the inspection found, with its place', async () => {
    // A vast row for each of no indices: it declares gigabytes, and a runtime that ran it would make none.
    const release = releaseOf('vast', [{ op: 'OneHot', inputs: ['none', 'depth', 'values'], outputs: ['y'] }], {
      initializers: [
        { name: 'none', datatype: 'INT64', shape: [0], values: [] },
        { name: 'depth', datatype: 'INT64', shape: [1], values: [2 ** 31] },
        { name: 'values', datatype: 'FP32', shape: [2], values: [0, 1] },
      ],
    });
    const { verdict } = await validate(release);
    expect(verdict).toMatchObject({
      ok: false,
      reason: 'UnsafeModel',
      findings: [{ code: 'OutputBomb', severity: 'refuse', place: expect.stringContaining('OneHot') }],
    });
  });

  it('weights in a file of their own reach the wasm runtime as bytes', async () => {
    const release = releaseOf('external', [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'] }], {
      initializers: [
        { name: 'two', datatype: 'FP32', shape: [1], external: { location: 'w.bin', offset: 4, length: 4 } },
      ],
    });
    const weights = new Uint8Array(Float32Array.of(7, 2).buffer);
    const [row] = describeRelease({ 'w.bin': weights }).files;
    if (row) release.manifest.files.push(row);
    const { verdict } = await validate(release, { 'w.bin': weights });
    expect(verdict).toMatchObject({ ok: true, findings: [], auditClass: 1, adjudication: { inputs: 2 } });
  });
});

function digestOf(tensors: Tensor[], seed: Uint8Array): string {
  const hash = createHash('sha256');
  tensorDigest(tensors, seed, hash);
  return hash.digest('hex');
}
