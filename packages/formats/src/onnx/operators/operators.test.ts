import { expect, it } from 'vitest';
import { firstOpset, isOfficial, meaningAt, newestOpset } from './find-history.ts';
import { kernelsOf } from './find-kernels.ts';
import { operatorDomains } from './operators.ts';

it.each(['ai.onnx', 'ai.onnx.ml'] as const)(
  'what the inspection lets through of %s is what the runtime has',
  (name) => {
    const domain = operatorDomains.find((each) => each.name === name);
    const official = [...(domain?.operators ?? [])].filter((op) => firstOpset(name, op) !== null);
    // Null for what could not be measured: it takes maps.
    const without = official.filter((op) => kernelsOf(name, op)?.length === 0);
    expect(without).toEqual([]);
    expect(official.length).toBeGreaterThan(15);
    expect(domain?.maxVersion).toBeLessThanOrEqual(newestOpset(name));
  },
);

it('meanings are those of the official definitions', () => {
  const at = (op: string, opset: number, ...attributes: string[]) =>
    meaningAt('ai.onnx', op, new Set(attributes), opset);
  expect([12, 13, 28].map((opset) => at('Softmax', opset))).toEqual([11, 13, 13]);
  expect([11, 12, 13, 26].map((opset) => at('Squeeze', opset))).toEqual([11, 11, 13, 13]);
  expect([9, 10].map((opset) => at('Upsample', opset))).toEqual([9, 'absent']);
  expect([27, 28].map((opset) => at('SwiGLU', opset))).toEqual(['absent', 28]);
  expect([26, 28].map((opset) => at('SpaceToDepth', opset, 'mode'))).toEqual([1, 28]);
  expect(at('constructor', 28)).toBe('unknown');
  expect(['', 'com.microsoft', 'toString'].map(isOfficial)).toEqual([false, false, false]);
});
