import { describe, expect, it } from 'vitest';
import { planVersions } from './plan-versions.ts';

type Scope = { opset: Record<string, number>; ops?: Record<string, string[]> };

const plan = (irVersion: number, ...scopes: Scope[]) =>
  planVersions({
    irVersion,
    scopes: scopes.map(({ opset, ops }) => ({
      imports: new Map(Object.entries(opset)),
      operators: new Map(
        Object.entries(ops ?? {}).map(([domain, list]) => [
          domain,
          new Map(list.map((each) => [each.split(':')[0] ?? '', new Set(each.split(':').slice(1))])),
        ]),
      ),
    })),
  });
const main = (version: number, ...ops: string[]): Scope => ({ opset: { 'ai.onnx': version }, ops: { 'ai.onnx': ops } });
const lowered = (...given: Parameters<typeof plan>) => {
  const made = plan(...given);
  return made.kind === 'lower' ? { ir: made.ir, opset: made.opsets.get('ai.onnx') ?? null } : made.kind;
};
const said = (...given: Parameters<typeof plan>) => {
  const made = plan(...given);
  return made.kind === 'keep' ? '' : made.kind === 'lower' ? made.notice : made.message;
};

describe('planVersions', () => {
  it('what onnx.helper.make_model writes today is lowered to what nodes run', () => {
    expect(lowered(14, main(28, 'Relu', 'MatMul', 'Add', 'Softmax'))).toEqual({ ir: 13, opset: 26 });
    expect(said(14, main(28, 'Relu'))).toBe(
      'For nodes to run it opset 28 became 26 and IR version 14 became 13; every operator the model uses is the same there, and no weight was touched.',
    );
  });

  it('leaves alone what nodes run as it is', () => {
    expect(lowered(8, main(17, 'Relu'))).toBe('keep');
    expect(lowered(13, main(26, 'Relu', 'QuantizeLinear'))).toBe('keep');
    expect(lowered(3, { opset: {} })).toBe('keep');
    expect(lowered(8, main(12, 'Softmax'))).toBe('keep');
  });

  it('quantised operators of opset 28 differ from those of before only in the element types they allow', () => {
    expect(lowered(10, main(28, 'QuantizeLinear', 'DequantizeLinear'))).toEqual({ ir: null, opset: 26 });
  });

  it('an operator that means something else now is never lowered: the number to export with is named', () => {
    expect(said(10, main(28, 'Relu', 'BitShift'))).toBe(
      'Opset 28 of ai.onnx is not one of 1 to 26, which nodes run, and it cannot be lowered for you: BitShift has changed since; export with opset 26.',
    );
    expect(said(10, main(28, 'SwiGLU'))).toContain('SwiGLU is new in 28; export with opset 26.');
    // Its function is written out of a Swish that the runtime has in one set only.
    expect(said(10, main(28, 'BitShift', 'Swish'))).toContain('export with opset 24.');
  });

  it('goes as low as the kernels ask for, and no lower than the meaning allows', () => {
    expect(lowered(10, main(28, 'Swish', 'Relu'))).toEqual({ ir: null, opset: 24 });
    expect(lowered(10, main(26, 'Swish', 'Relu'))).toEqual({ ir: null, opset: 24 });
    expect(lowered(10, main(22, 'RoiAlign', 'Relu'))).toEqual({ ir: null, opset: 21 });
    // Attention was given another meaning in 25, so the Swish beside it cannot be helped.
    expect(lowered(10, main(26, 'Swish', 'Attention'))).toBe('keep');
    expect(said(10, main(28, 'Swish', 'Attention'))).toMatch(/no kernel of Swish in 26, .* export with opset 24\.$/);
  });

  it('Softmax of opset 13 is not that of 12: nothing that needs an older set is lowered past it', () => {
    // Upsample was taken out in 10, so the kernels would ask for 9.
    expect(lowered(8, main(13, 'Softmax', 'Upsample'))).toBe('keep');
    expect(lowered(8, main(13, 'Squeeze', 'Upsample'))).toBe('keep');
  });

  it('functions of the model are lowered with it, each from the set it names', () => {
    expect(lowered(10, main(28, 'Relu'), main(28, 'Add'))).toEqual({ ir: null, opset: 26 });
    expect(lowered(10, main(28, 'Relu'), main(28, 'BitShift'))).toBe('refuse');
    expect(lowered(10, main(28, 'Relu'), main(18, 'BitShift'))).toEqual({ ir: null, opset: 26 });
    expect(lowered(10, main(17, 'Relu'), main(28, 'Relu'))).toEqual({ ir: null, opset: 26 });
  });

  it('what nobody knows yet is not promised to be the same', () => {
    expect(said(8, main(29, 'Relu'))).toContain('newer than what is known here; export with opset 26.');
    expect(lowered(15, main(17, 'Relu'))).toBe('keep');
    expect(said(8, { opset: { 'ai.onnx': 17, 'ai.onnx.ml': 6 }, ops: { 'ai.onnx.ml': ['Scaler'] } })).toContain(
      'Opset 6 of ai.onnx.ml is not one of 1 to 5',
    );
  });

  it('a new attribute whose default is what was before is a change only for a node that has it', () => {
    expect(lowered(10, main(28, 'Range', 'SpaceToDepth:blocksize'))).toEqual({ ir: null, opset: 26 });
    expect(said(10, main(28, 'SpaceToDepth:blocksize:mode'))).toContain('SpaceToDepth has changed since');
    expect(lowered(10, main(28, 'Range:stash_type'))).toBe('refuse');
  });

  it('operators of other domains are no concern of the official sets', () => {
    const opset = { 'ai.onnx': 28, 'com.microsoft': 1, constructor: 3 };
    const ops = { 'com.microsoft': ['FusedConv'], constructor: ['toString'] };
    expect(lowered(10, { opset, ops })).toEqual({ ir: null, opset: 26 });
    expect(lowered(10, main(28, 'constructor', '__proto__', 'NoSuchOperator'))).toEqual({ ir: null, opset: 26 });
  });
});
