import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readExactJson } from './read-exact-json.ts';
import { writeExactJson } from './write-exact-json.ts';

/** Without whole numbers that only a double wrote: their digits would read as those of an INT64. */
const small = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, each) => (Number.isInteger(each) && !Number.isSafeInteger(each) ? 1 : each));

it('a user sees the very 64-bit integers that were sent: beyond 2^53 as BigInt, to both ends', () => {
  const text =
    '{"x":[0,-1,9007199254740991,9007199254740993,9223372036854775807,-9223372036854775808,18446744073709551615]}';
  const values = [0, -1, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n];
  expect(readExactJson(text)).toEqual({ x: values });
  expect(writeExactJson({ x: values })).toBe(text);
});

it('whatever 64-bit integers stand beside whatever JSON come back as they were', () => {
  const wide = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const said = fc.record({ x: fc.array(wide), more: fc.jsonValue().map(small), text: fc.string({ unit: 'binary' }) });
  fc.assert(
    fc.property(said, fc.constantFrom('', ' ', '\n\t'), ({ x, more, text }, space) => {
      const json = `{${space}"x"${space}:[${x.map((value) => `${space}${value}`)}],"more":${JSON.stringify(more, null, 1)},"text":${JSON.stringify([text, `"${x.join()}\\`])}}`;
      const read = readExactJson(json) as Record<string, unknown>;
      expect((read['x'] as (number | bigint)[]).map(BigInt)).toEqual(x);
      expect(read['more']).toEqual(JSON.parse(JSON.stringify(more)));
      expect(read['text']).toEqual(JSON.parse(JSON.stringify([text, `"${x.join()}\\`])));
    }),
  );
});

it('a text or a name that looks like a number stays one, and a fraction is a number', () => {
  expect(
    readExactJson('{"1234567890123456789":["1234567890123456789"," \\"1234567890123456789"],"f":0.1234567890123456}'),
  ).toEqual({
    '1234567890123456789': ['1234567890123456789', ' "1234567890123456789'],
    f: 0.1234567890123456,
  });
});

it('a float beyond 2^53 stays a number on its way through a file', () => {
  const values = { f: [2 ** 53, 2 ** 60, 1e20, 1.7e308, 5e-324, -0, 0.1] };
  expect(writeExactJson(values)).toBe(
    '{"f":[9.007199254740992e+15,1.152921504606847e+18,1e+20,1.7e+308,5e-324,-0,0.1]}',
  );
  expect(readExactJson(writeExactJson(values))).toEqual(values);
});

it('what a page has at hand is written as the input it stands for', () => {
  const typed = {
    ...{
      a: new BigInt64Array([2n ** 63n - 1n]),
      b: new BigUint64Array([2n ** 64n - 1n]),
      c: new Float32Array([0.5, -0]),
    },
    ...{
      d: [
        [1n, 2],
        [3n, 4],
      ],
      e: [Number.NaN, Number.NEGATIVE_INFINITY],
      f: new Uint8Array([7]),
      left: undefined,
    },
  };
  expect(writeExactJson(typed)).toBe(
    '{"a":[9223372036854775807],"b":[18446744073709551615],"c":[0.5,-0],"d":[[1,2],[3,4]],"e":["NaN","-Infinity"],"f":[7]}',
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(writeExactJson(value))).toEqual(value);
    }),
  );
});

it.each(['[00009007199254740993]', '[9007199254740993', '{"a":9007199254740993,}', '[9007199254740993 1]'])(
  '%s is no JSON, as before',
  (text) => {
    expect(() => readExactJson(text)).toThrow(SyntaxError);
  },
);

it('attack: a text of ten million escapes before an integer costs no stack', () => {
  const read = readExactJson(`["${'\\\\'.repeat(1e7)}",9007199254740993]`) as [string, bigint];
  expect([read[0].length, read[1]]).toEqual([1e7, 9007199254740993n]);
});
