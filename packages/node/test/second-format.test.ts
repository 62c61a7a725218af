import { formatTable } from '@callable/formats';
import { toyRelease } from '@callable/stand-ins';
import { testFormats, testRuntimes } from '@callable/test-engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateRelease } from '../src/tasks/validate-release.ts';
import { type CheckContext, openCheckContext } from './open-check-context.ts';

let checks: CheckContext;
beforeAll(async () => {
  checks = await openCheckContext({ formats: testFormats, runtimes: testRuntimes });
});
afterAll(() => checks[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(120_000);

async function validate(name: string, lines: string[], formats: object = testFormats) {
  const placed = await checks.place(toyRelease(name, lines));
  const context = { ...checks.context, formats: formats as typeof testFormats };
  const verdict = await validateRelease(context, { release: placed.digest, epoch: 1 }, signal);
  return { verdict, placed, codes: verdict.findings?.map(({ code }) => code) };
}

describe('a second format, known by its rows alone', () => {
  it('is inspected, run, judged by its own runtime and kept to be called', async () => {
    const { verdict, placed } = await validate('twice', []);
    expect(verdict).toMatchObject({ ok: true, findings: [], auditClass: 1, spread: 0 });
    expect(verdict.runtime.name).toBe('test-engine');
    expect(verdict.adjudication?.runtime).toMatch(/^test-judge@1\.0\.0\+/);
    expect(checks.context.replicas.find(placed.digest)).not.toBeNull();
  });

  it('is rejected where its answers are not those of the vector, or its bytes are none of the format', async () => {
    expect((await validate('thrice', ['scale 3'])).verdict).toMatchObject({ ok: false, reason: 'VectorFailed' });
    expect((await validate('broken', ['nonsense'])).verdict).toMatchObject({ ok: false, reason: 'NotAModel' });
  });

  it('has the findings of the checks, whatever runs it', async () => {
    expect((await validate('fragile', ['NaN exit'])).codes).toContain('CrashesOnExtremeInput');
    expect((await validate('judged', ['judged abort'])).codes).toContain('CrashesOnWasm');
    expect((await validate('fickle', ['judged vary'])).codes).toContain('RuntimesDisagree');
  });
});

it('a format this node does not know is UnsupportedFormat, and no word against the release', async () => {
  const validating = validate('unknown', [], formatTable);
  await expect(validating).rejects.toMatchObject({ code: 'UnsupportedFormat' });
});
