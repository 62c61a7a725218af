import { describe, expect, it } from 'vitest';
import { parsePlainInputs } from './parse-plain-inputs.ts';
import { readElements } from './read-elements.ts';
import type { TensorSpec } from './tensor.ts';

const spec = (datatype: TensorSpec['datatype'], shape: number[], name = 'x'): TensorSpec => ({ name, datatype, shape });
const parse = (json: string, ...specs: TensorSpec[]) => parsePlainInputs(new TextEncoder().encode(json), specs);

function read(json: string, ...specs: TensorSpec[]) {
  const verdict = parse(json, ...specs);
  if (!verdict.ok) throw new Error(verdict.problem.message);
  return verdict.value.map((tensor) => ({ shape: tensor.shape, elements: [...readElements(tensor)] }));
}

function refused(json: string, ...specs: TensorSpec[]) {
  const verdict = parse(json, ...specs);
  if (verdict.ok) throw new Error('was accepted');
  return verdict.problem;
}

describe('parsePlainInputs', () => {
  it('reads nested arrays, scalars and several inputs in any order, and gives them in the order of the specs', () => {
    const inputs = read(' {"b": 7 , "a":[[1, 2.5],[ -3e2,4]]} ', spec('FP32', [-1, 2], 'a'), spec('INT64', [], 'b'));
    expect(inputs).toEqual([
      { shape: [2, 2], elements: [1, 2.5, -300, 4] },
      { shape: [], elements: [7n] },
    ]);
  });

  it('refuses a 64-bit integer that a double wrote, and says how to send all its digits', () => {
    const verdict = parsePlainInputs(new TextEncoder().encode('{"x":[9.007199254740992e15]}'), [spec('INT64', [1])]);
    expect(verdict).toMatchObject({
      ok: false,
      problem: {
        code: 'WrongDatatype',
        message: expect.stringMatching(/^`x` holds 9.007199254740992e15; send .*all their digits.*BigInt/),
      },
    });
  });

  it('keeps every digit of 64-bit integers', () => {
    const values = '[9223372036854775807,-9223372036854775808,9007199254740993,-1,1e3,2.0,-4294967297,0]';
    expect(read(`{"x":${values}}`, spec('INT64', [-1]))[0]?.elements).toEqual([
      9223372036854775807n,
      -9223372036854775808n,
      9007199254740993n,
      -1n,
      1000n,
      2n,
      -4294967297n,
      0n,
    ]);
    expect(read('{"x":[18446744073709551615,0]}', spec('UINT64', [2]))[0]?.elements).toEqual([
      18446744073709551615n,
      0n,
    ]);
  });

  it('reads strings with every escape, and booleans', () => {
    const text = '{"x":["a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é😀","",""],"y":[true,false]}';
    expect(read(text, spec('BYTES', [3]), spec('BOOL', [2], 'y')).map((each) => each.elements)).toEqual([
      ['a"\\/\b\f\n\r\té😀é😀', '', ''],
      [true, false],
    ]);
  });

  it('reads the floats that JSON cannot spell from strings, in the midst of numbers', () => {
    const elements = read('{"x":["NaN",1,"Infinity",-2,"-Infinity"]}', spec('FP16', [5]))[0]?.elements;
    expect(elements).toEqual([Number.NaN, 1, Number.POSITIVE_INFINITY, -2, Number.NEGATIVE_INFINITY]);
    expect(read('{"x":"NaN"}', spec('FP64', []))[0]?.elements).toEqual([Number.NaN]);
  });

  it('completes empty arrays by the declared shape', () => {
    expect(read('{"x":[]}', spec('FP32', [-1, 4]))[0]).toEqual({ shape: [0, 4], elements: [] });
    expect(read('{"x":[[],[]]}', spec('FP32', [-1, 0]))[0]).toEqual({ shape: [2, 0], elements: [] });
    expect(refused('{"x":[]}', spec('FP32', [1, 4])).code).toBe('WrongShape');
  });

  it('names the input that was meant', () => {
    const problem = refused('{"txt":["a"]}', spec('BYTES', [1], 'text'));
    expect(problem).toMatchObject({ code: 'UnknownInput', input: 'txt', allowed: ['text'] });
    expect(problem.message).toBe('`txt` is not an input. Did you mean `text`?');
    expect(refused('{"zebra":1}', spec('FP32', [], 'a'), spec('FP32', [], 'b')).message).toBe(
      '`zebra` is not an input. The inputs are `a`, `b`.',
    );
  });

  it.each([
    ['{}', spec('FP32', [-1]), 'MissingInput', undefined],
    ['{"x":1,"x":1}', spec('FP32', []), 'DuplicateInput', undefined],
    ['{"x":[1,2,3]}', spec('FP32', [-1, 3]), 'WrongShape', '/x'],
    ['{"x":[[1,2]]}', spec('FP32', [-1, 3]), 'WrongShape', '/x'],
    ['{"x":[[1,2],[3]]}', spec('FP32', [-1, -1]), 'RaggedArray', '/x/1/0'],
    ['{"x":[[1],2]}', spec('FP32', [-1, -1]), 'RaggedArray', '/x/1'],
    ['{"x":[1,[2]]}', spec('FP32', [-1]), 'RaggedArray', '/x/1'],
    ['{"x":[[],1]}', spec('FP32', [-1]), 'RaggedArray', '/x/1'],
    ['{"x":[[1],[]]}', spec('FP32', [-1, -1]), 'RaggedArray', '/x/1'],
    ['{"x":[[[]],[]]}', spec('FP32', [-1, -1]), 'RaggedArray', '/x/1'],
    ['{"x":[0,"a"]}', spec('FP32', [-1]), 'WrongDatatype', '/x/1'],
    ['{"x":["NaN"]}', spec('INT32', [-1]), 'WrongDatatype', '/x/0'],
    ['{"x":[null]}', spec('INT64', [-1]), 'WrongDatatype', '/x/0'],
    ['{"x":[1]}', spec('BYTES', [-1]), 'WrongDatatype', '/x/0'],
    ['{"x":[1]}', spec('BOOL', [-1]), 'WrongDatatype', '/x/0'],
    ['{"x":{}}', spec('FP32', [-1]), 'WrongDatatype', '/x'],
    ['{"x":[[1,2],[3,1.5]]}', spec('INT32', [2, 2]), 'WrongDatatype', '/x/1/1'],
    ['{"x":[1.5]}', spec('INT64', [1]), 'WrongDatatype', '/x/0'],
    ['{"x":[0,300]}', spec('UINT8', [2]), 'OutOfRange', '/x/1'],
    ['{"x":[-1]}', spec('UINT64', [1]), 'OutOfRange', '/x/0'],
    ['{"x":[9223372036854775808]}', spec('INT64', [1]), 'OutOfRange', '/x/0'],
    ['{"x":[0,9223372036854775808.0]}', spec('INT64', [2]), 'WrongDatatype', '/x/1'],
    ['{"x":[1e400]}', spec('INT64', [1]), 'OutOfRange', '/x/0'],
    ['{"x":[18446744073709551616]}', spec('UINT64', [1]), 'OutOfRange', '/x/0'],
    ['{"x":[1e39]}', spec('FP32', [1]), 'OutOfRange', '/x/0'],
    ['{"x":[65520]}', spec('FP16', [1]), 'OutOfRange', '/x/0'],
    ['{"x":["Infinity",1e309]}', spec('FP64', [2]), 'OutOfRange', '/x/1'],
    ['{"x":["\\ud800"]}', spec('BYTES', [1]), 'InvalidText', undefined],
    ['{"x":["\\ud800\\u0041"]}', spec('BYTES', [1]), 'InvalidText', undefined],
    ['{"x":["\\udc00"]}', spec('BYTES', [1]), 'InvalidText', undefined],
    ['{"x":["a","b\\u0000c"]}', spec('BYTES', [-1]), 'OutOfRange', '/x/1'],
    ['[[1,2]]', spec('FP32', [-1]), 'InvalidField', ''],
    [`{"x":${'['.repeat(100_000)}`, spec('FP32', [-1]), 'TooDeep', undefined],
  ])('refuses %s', (json, declared, code, pointer) => {
    const problem = refused(json, declared);
    expect(problem.code).toBe(code);
    if (pointer !== undefined) expect(problem.pointer).toBe(pointer);
    expect(problem.message).toMatch(/[.?]$/);
  });

  it('shows got and expected, and the slip that is commonest', () => {
    expect(refused('{"x":[1,2,3]}', spec('FP32', [-1, 3]))).toMatchObject({
      got: '[3]',
      expected: '[-1,3]',
      message: '`x` has shape [3]; send FP32 of shape [-1,3], with one more pair of brackets around it.',
    });
    expect(refused('{"x":[0,300]}', spec('UINT8', [2])).message).toBe(
      '`x` holds 300; send whole numbers from 0 to 255 (UINT8).',
    );
  });

  it.each([
    '',
    '{',
    '{"x"',
    '{"x":',
    '{"x":[1',
    '{"x":[1,]}',
    '{"x":[,1]}',
    '{"x":[1 2]}',
    '{"x":[01]}',
    '{"x":[-]}',
    '{"x":[-01]}',
    '{"x":[1.]}',
    '{"x":[.5]}',
    '{"x":[1e]}',
    '{"x":[+1]}',
    '{"x":[1]},',
    '{"x":[1]}x',
    '{"x":[NaN]}',
    '{"x":[1]]',
    '{x:[1]}',
    '{"x":[1],}',
    'null',
    '\u00a0{}',
  ])('refuses %j, which is not JSON', (json) => {
    expect(() => JSON.parse(json === 'null' ? '' : json)).toThrow();
    for (const datatype of ['FP32', 'INT64'] as const)
      expect(refused(json, spec(datatype, [1])).code).toBe('InvalidJson');
  });

  it('adversary: does not take a number after a scalar for a part of it', () => {
    expect(refused('{"x":1,2}', spec('FP32', [])).code).toBe('InvalidJson');
  });

  it('adversary: refuses bytes that are not UTF-8 and control characters in strings', () => {
    const verdict = parsePlainInputs(Uint8Array.of(0x7b, 0x22, 0x78, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d), [
      spec('BYTES', []),
    ]);
    expect(verdict).toMatchObject({ ok: false, problem: { code: 'InvalidText' } });
    expect(refused('{"x":"a\nb"}', spec('BYTES', [])).code).toBe('InvalidJson');
    expect(refused('{"x":"\\n\nb"}', spec('BYTES', [])).code).toBe('InvalidJson');
    expect(refused('{"x":"\\', spec('BYTES', [])).code).toBe('InvalidJson');
    expect(refused('{"x":"\\u12', spec('BYTES', [])).code).toBe('InvalidJson');
  });

  it('adversary: a declared shape of billions reserves no more than the body could fill', () => {
    expect(refused('{"x":[1]}', spec('FP32', [2 ** 31, 2 ** 31])).code).toBe('WrongShape');
  });

  it('adversary: keeps a huge name out of the message', () => {
    expect(refused(`{"${'a'.repeat(100_000)}\\n":1}`, spec('FP32', [])).message.length).toBeLessThan(200);
  });
});

it.each(['utf8', 'utf16le'] as const)('a body behind a byte order mark is read, as %s too', (encoding) => {
  const body = Buffer.from('\ufeff{"x":[1,2]}', encoding);
  expect(parsePlainInputs(body, [spec('INT64', [2])])).toMatchObject({ ok: true });
});
