import { expect, test } from 'vitest';
import manifests from '../../../../specs/vectors/manifests.json' with { type: 'json' };
import type { Manifest } from './manifest.ts';
import { parseManifest } from './parse-manifest.ts';
import { truthOf } from './truth-of.ts';

const base = manifests.valid[0]?.manifest as unknown as Manifest;
const first = base.outputs[0]?.name ?? '';

const sayingOf = (expected: readonly string[]) => ({
  ...base,
  vectors: base.vectors.map((vector, at) => (at === 0 ? { ...vector, expected } : vector)),
});

test('a vector says which outputs the framework of the publisher answered, and one of before says none', () => {
  const verdict = parseManifest(sayingOf([first]));
  if (!verdict.ok) throw new Error(verdict.message);
  const told = verdict.manifest;
  expect(told.vectors[0]).toHaveProperty('expected');
  expect(truthOf(base)).toBe('graph');
  expect(truthOf(told)).toBe(base.outputs.length === 1 ? 'publisher' : 'partly');
  expect(truthOf({ ...told, outputs: told.outputs.slice(0, 1) })).toBe('publisher');
  expect(truthOf({ ...base, vectors: [] })).toBeNull();
});

test.each<[string, readonly string[], string]>([
  ['an output that is not declared', ['nowhere'], 'says who answered the output nowhere, which is not declared'],
  ['one output twice', [first, first], 'twice'],
  ['no output', [], '/vectors/0/expected'],
])('who answered is refused where it names %s', (_, names, message) => {
  expect(parseManifest(sayingOf(names))).toMatchObject({ ok: false, message: expect.stringContaining(message) });
});
