import { doublingRelease, type Release, toyRelease } from '@callable/stand-ins';
import { testFormats, testRuntimes } from '@callable/test-engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckContext, openCheckContext } from '../../test/open-check-context.ts';
import { validateRelease } from '../tasks/validate-release.ts';
import { recomputeRelease } from './recompute-release.ts';

let checks: CheckContext;
beforeAll(async () => {
  checks = await openCheckContext({ formats: testFormats, runtimes: testRuntimes });
});
afterAll(() => checks[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(120_000);
const drawn = { epoch: 1, round: '7'.repeat(64) };

async function recompute(release: Release) {
  const placed = await checks.place(release);
  return recomputeRelease(checks.context, { ...drawn, release: placed.digest }, signal);
}

async function validate(release: Release) {
  const placed = await checks.place(release);
  return validateRelease(checks.context, { ...drawn, release: placed.digest }, signal);
}

describe('where wasm can run it', () => {
  it('a good release has the digest its validators signed, and nothing is left loaded', async () => {
    const found = await recompute(doublingRelease());
    const loaded = checks.context.replicas.list().length;
    const reported = await validate(doublingRelease());
    expect(found).toMatchObject({ ok: true, reason: 'VectorsPassed', agrees: true, ...drawn });
    expect(found.runtime.name).toBe('onnxruntime-web');
    expect(found.adjudication).toEqual(reported.adjudication);
    expect(found.adjudication).toMatchObject({ passed: true });
    expect(loaded).toBe(0);
  });

  it('a wrong vector fails with the same canonical answers as in the report of a validator', async () => {
    const wrong = [{ name: 'one', inputs: { x: [1, 2.5] }, outputs: { y: [2, 6] }, rtol: 1e-4, atol: 1e-6 }];
    const release = doublingRelease({ vectors: wrong });
    const [found, reported] = [await recompute(release), await validate(release)];
    expect(reported).toMatchObject({ ok: false, reason: 'VectorFailed', adjudication: { passed: false } });
    expect(found).toMatchObject({ ok: false, reason: 'VectorFailed', message: reported.message, agrees: true });
    expect(found.adjudication).toEqual(reported.adjudication);
  });

  it('wasm decides over this machine, and that they differ is said', async () => {
    expect(await recompute(toyRelease('native', ['native throw']))).toMatchObject({
      ...{ ok: true, agrees: false, adjudication: { passed: true } },
    });
  });

  it('a native run without room or time is no verdict to differ from', async () => {
    expect(await recompute(toyRelease('dies', ['native abort']))).toMatchObject({ ok: true, agrees: false });
  });
});

describe('where wasm cannot run it the native run decides', () => {
  it('too large', async () => {
    const release = doublingRelease({ version: '1.0.2' });
    const [file] = release.manifest.files;
    if (file) file.size = 2 ** 30;
    const found = await recompute(release);
    expect(found).toMatchObject({ ok: true, adjudication: null, agrees: true });
    expect(found.message).toMatch(/By a native run alone: .*no room/);
    expect(found.runtime.name).toBe('onnxruntime-node');
  });

  it('attack: a model that answers wasm by luck convicts nobody', async () => {
    const found = await recompute(toyRelease('random', ['judged vary']));
    expect(found).toMatchObject({ ok: true, adjudication: null });
    expect(found.message).toContain('gave different answers');
  });

  it('no answer to a vector', async () => {
    const found = await recompute(toyRelease('vector', ['2.5 throw']));
    expect(found).toMatchObject({ ok: false, reason: 'RunFailed', adjudication: null });
  });

  it('and where that has no room or time either there is no word at all', async () => {
    await expect(recompute(toyRelease('crash', ['2.5 abort']))).rejects.toMatchObject({ code: 'LoadFailed' });
  });
});

it('what the inspection refuses is refused again, without running it', async () => {
  const found = await recompute(toyRelease('broken', ['nonsense']));
  expect(found).toMatchObject({ ok: false, reason: 'NotAModel', adjudication: null, agrees: true });
});
