import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Datatype, datatypes } from '../datatype.ts';
import { encodeTexts } from './encode-texts.ts';
import { parseOipInputs } from './parse-oip-inputs.ts';
import { parsePlainInputs } from './parse-plain-inputs.ts';
import { readElements } from './read-elements.ts';
import { countElements, type Tensor } from './tensor.ts';
import { writeOipOutputs } from './write-oip-outputs.ts';
import { writePlainOutputs } from './write-plain-outputs.ts';

const decoder = new TextDecoder();
const bytes = (text: string) => new TextEncoder().encode(text);

/** Any bit pattern of any datatype, since outputs of models hold all of them. */
function anyTensor(datatype: Datatype): fc.Arbitrary<Tensor> {
  return fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }).chain((shape) => {
    const count = countElements(shape);
    const width = datatypes[datatype].bytes;
    const data =
      width === null
        ? fc
            .array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: count, maxLength: count })
            .map(encodeTexts)
        : fc
            .uint8Array({ minLength: count * width, maxLength: count * width })
            .map((raw) => (datatype === 'BOOL' ? raw.map((byte) => byte & 1) : raw));
    return data.map((each) => ({ name: 'x/"ü~', datatype, shape, data: each }));
  });
}

function parse(text: string): unknown {
  try {
    const { x } = JSON.parse(text) as { x: number[] };
    // A double that became infinite is refused.
    return x.every(Number.isFinite) ? x : null;
  } catch {
    return null;
  }
}

/** -0 and 0 differ, NaN equals NaN of any bits. */
const sameElements = (a: Tensor, b: Tensor) => {
  expect(b.shape).toEqual(a.shape);
  const [left, right] = [readElements(a), readElements(b)];
  expect(right.length).toBe(left.length);
  for (let i = 0; i < left.length; i++) expect(Object.is(left[i], right[i]), `${left[i]} ${right[i]}`).toBe(true);
};

describe.each(Object.keys(datatypes) as Datatype[])('%s', (datatype) => {
  it('comes back from plain JSON as it was', () => {
    fc.assert(
      fc.property(anyTensor(datatype), (tensor) => {
        const specs = [{ name: tensor.name, datatype, shape: tensor.shape.map(() => -1) }];
        const json = writePlainOutputs([tensor]);
        JSON.parse(decoder.decode(json));
        const verdict = parsePlainInputs(json, specs);
        if (!verdict.ok) throw new Error(`${verdict.problem.message} ${decoder.decode(json)}`);
        sameElements(tensor, verdict.value[0]!);
      }),
    );
  });

  it('comes back from an Open Inference Protocol request as it was', () => {
    fc.assert(
      fc.property(anyTensor(datatype), (tensor) => {
        const specs = [{ name: tensor.name, datatype, shape: tensor.shape.map(() => -1) }];
        const outputs = decoder.decode(writeOipOutputs([tensor]));
        JSON.parse(outputs);
        const verdict = parseOipInputs(bytes(`{"id":"a","inputs":${outputs}}`), specs);
        if (!verdict.ok) throw new Error(verdict.problem.message);
        sameElements(tensor, verdict.value.tensors[0]!);
      }),
    );
  });
});

describe('numbers', () => {
  it('are read as JSON.parse reads them, whatever their spelling and spacing', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    const whole = fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,22}$/));
    const spelling = fc
      .tuple(
        fc.boolean(),
        whole,
        fc.option(digits(22)),
        fc.option(fc.tuple(fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 290 }))),
      )
      .map(
        ([minus, int, fraction, power]) =>
          `${minus ? '-' : ''}${int}${fraction ? `.${fraction}` : ''}${power ? power.join('') : ''}`,
      )
      .filter((text) => Number.isFinite(Number(text)));
    const list = fc.array(fc.tuple(spelling, fc.constantFrom('', ' ', '\n', '\t ')), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(list, fc.constantFrom('FP32', 'FP64'), (items, datatype) => {
        const text = `{"x":[${items.map(([number, space]) => space + number + space).join(',')}]}`;
        const values = items.map(([number]) => Number(number));
        if (datatype === 'FP32' && values.some((value) => !Number.isFinite(Math.fround(value)))) return;
        const verdict = parsePlainInputs(bytes(text), [{ name: 'x', datatype, shape: [-1] }]);
        if (!verdict.ok) throw new Error(verdict.problem.message);
        const expected = datatype === 'FP32' ? new Float32Array(values) : new Float64Array(values);
        expect(new Uint8Array(expected.buffer)).toEqual(verdict.value[0]!.data);
      }),
      { numRuns: 2000 },
    );
  });

  it('attack: any byte in the place of any digit, beside others that carry: read as JSON.parse reads it, or refused', () => {
    const digits = '0123456789012345678';
    const specs = [{ name: 'x', datatype: 'FP64' as const, shape: [-1] }];
    for (let at = 0; at < digits.length; at++)
      for (let byte = 0; byte < 256; byte++)
        for (const next of [0x39, 0xff, byte]) {
          const text = bytes(`{"x":[-1.${digits}]}`);
          text[9 + at] = byte;
          if (at + 1 < digits.length) text[10 + at] = next;
          const verdict = parsePlainInputs(text, specs);
          const latin = Buffer.from(text).toString('latin1');
          expect([latin, verdict.ok ? [...readElements(verdict.value[0]!)] : null]).toEqual([latin, parse(latin)]);
        }
  });

  it('attack: a body that ends within a number is refused, also where more digits lie behind it in memory', () => {
    const text = bytes('{"x":[1.234567890123456789]}');
    for (let end = 6; end < text.length; end++)
      expect(parsePlainInputs(text.subarray(0, end), [{ name: 'x', datatype: 'FP32', shape: [-1] }]).ok).toBe(false);
  });

  it('of 17 digits next to the middle between two FP32 go to the right one', () => {
    const double = new Float64Array(1);
    const word = new BigUint64Array(double.buffer);
    const float = new Float32Array(1);
    const bits = new Uint32Array(float.buffer);
    const nearMiddle = fc
      .tuple(fc.integer({ min: 0x20000000, max: 0x5f000000 }), fc.bigInt({ min: -3n, max: 3n }))
      .map(([pattern, steps]) => {
        bits[0] = pattern;
        const below = float[0]!;
        bits[0] = pattern + 1;
        double[0] = (below + float[0]!) / 2;
        word[0] = word[0]! + steps;
        return double[0];
      });
    fc.assert(
      fc.property(fc.array(nearMiddle, { minLength: 50, maxLength: 50 }), (values) => {
        const text = `{"x":[${values.map((value) => value.toPrecision(17)).join(',')}]}`;
        const verdict = parsePlainInputs(bytes(text), [{ name: 'x', datatype: 'FP32', shape: [-1] }]);
        if (!verdict.ok) throw new Error(verdict.problem.message);
        expect([...readElements(verdict.value[0]!)]).toEqual(values.map(Math.fround));
      }),
    );
  });
});
