import { describe, expect, it } from 'vitest';
import { parseOipInputs } from './parse-oip-inputs.ts';
import { readElements } from './read-elements.ts';
import type { TensorSpec } from './tensor.ts';

const specs: TensorSpec[] = [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }];
const outputs: TensorSpec[] = [
  { name: 'y', datatype: 'FP32', shape: [-1] },
  { name: 'z', datatype: 'FP32', shape: [-1] },
];
const parse = (json: string) => parseOipInputs(new TextEncoder().encode(json), specs, outputs);
const input = (fields: string) => `{"inputs":[{${fields}}]}`;
const whole = '"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]';

describe('parseOipInputs', () => {
  it.each([
    ['flat data', whole],
    ['nested data', '"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2],[3,4]]'],
    ['data before its name', '"data":[[1,2],[3,4]],"datatype":"FP32","shape":[2,2],"name":"x"'],
    ['parameters and unknown members', `"parameters":{"a":[1,{"b":null}]},${whole},"c":"d"`],
  ])('reads %s', (_, fields) => {
    const verdict = parse(`{"parameters":{"q":true},"id":"7",${input(fields).slice(1)}`);
    if (!verdict.ok) throw new Error(verdict.problem.message);
    expect(verdict.value.id).toBe('7');
    expect(verdict.value.outputs).toBeUndefined();
    expect(verdict.value.tensors[0]?.shape).toEqual([2, 2]);
    expect([...readElements(verdict.value.tensors[0]!)]).toEqual([1, 2, 3, 4]);
  });

  it('hands on the outputs that are asked for; an empty list means all', () => {
    const asked = (list: string) => parse(`{"outputs":${list},${input(whole).slice(1)}`);
    expect(asked('[{"name":"z","parameters":{}},{"name":"y"}]')).toMatchObject({
      ok: true,
      value: { outputs: ['z', 'y'] },
    });
    expect(asked('[]')).toMatchObject({ ok: true });
    expect(asked('[{"name":"zz"}]')).toMatchObject({
      problem: { code: 'UnknownOutput', message: '`zz` is not an output. Did you mean `z`?', allowed: ['y', 'z'] },
    });
    expect(asked('[{"name":"z"},{"name":"z"}]')).toMatchObject({ problem: { code: 'DuplicateOutput' } });
  });

  it.each([
    ['id', '"id":null'],
    ['outputs', '"outputs":null'],
    ['parameters', '"parameters":null'],
    ['all of them', '"id": null, "outputs": null, "parameters": null, "more": null'],
  ])('takes a null %s as absent, before and after the inputs', (_, member) => {
    const whole = '{"name":"x","shape":[1,2],"parameters":null,"datatype":"FP32","data":[1,2]}';
    for (const json of [`{${member},"inputs":[${whole}]}`, `{"inputs":[${whole}],${member}}`]) {
      const verdict = parse(json);
      expect(verdict).toMatchObject({ ok: true, value: { tensors: [{ shape: [1, 2] }] } });
      expect(verdict.ok && Object.keys(verdict.value)).toEqual(['tensors']);
    }
  });

  it.each([
    ["as KServe's client writes it", '"data":null,"parameters":{"binary_data_size":0}'],
    ["as Triton's client writes it", '"parameters":{"binary_data_size":0}'],
    ['with a list', '"data":[]'],
    ['with nothing but its shape', '"more":null'],
  ])('reads a tensor without elements %s', (_, fields) => {
    for (const json of [
      `"name":"x","shape":[0,2],"datatype":"FP32",${fields}`,
      `${fields},"name":"x","shape":[0,2],"datatype":"FP32"`,
    ])
      expect(parse(input(json))).toMatchObject({
        ok: true,
        value: { tensors: [{ name: 'x', shape: [0, 2], data: new Uint8Array() }] },
      });
  });

  it('refuses a tensor of two elements without data, and says how many are wanted', () => {
    for (const data of ['"data":null,', '"parameters":{"binary_data_size":8},', ''])
      expect(parse(input(`"name":"x","shape":[1,2],${data}"datatype":"FP32"`))).toMatchObject({
        problem: {
          pointer: '/inputs/0/data',
          message: '`x` has no `data`; add 2 values of FP32 (binary tensors are not taken here yet).',
        },
      });
  });

  it.each(['name', 'datatype', 'shape'])('a null %s is none: it is needed', (member) => {
    const fields = whole.replace(new RegExp(`"${member}":("[^"]*"|\\[[^\\]]*\\])`), `"${member}":null`);
    expect(parse(input(fields))).toMatchObject({ problem: { pointer: `/inputs/0/${member}` } });
  });

  it.each([
    [
      'a wrong datatype',
      input('"name":"x","shape":[1,2],"datatype":"FP64","data":[1,2]'),
      'WrongDatatype',
      '/inputs/0/datatype',
    ],
    ['a wrong shape', input('"name":"x","shape":[2],"datatype":"FP32","data":[1,2]'), 'WrongShape', '/inputs/0/shape'],
    [
      'too little data',
      input('"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2]'),
      'WrongShape',
      '/inputs/0/data',
    ],
    [
      'data nested otherwise',
      input('"name":"x","shape":[2,2],"datatype":"FP32","data":[[1,2,3,4]]'),
      'WrongShape',
      '/inputs/0/data',
    ],
    [
      'a negative dimension',
      input('"name":"x","shape":[-1,2],"datatype":"FP32","data":[1,2]'),
      'InvalidField',
      '/inputs/0/shape/0',
    ],
    [
      'a huge dimension',
      input('"name":"x","shape":[1e30,2],"datatype":"FP32","data":[1,2]'),
      'InvalidField',
      '/inputs/0/shape/0',
    ],
    ['no name', input('"shape":[1,2],"datatype":"FP32","data":[1,2]'), 'InvalidField', '/inputs/0/name'],
    ['no data', input('"name":"x","shape":[1,2],"datatype":"FP32"'), 'InvalidField', '/inputs/0/data'],
    ['two data', input(`${whole},"data":[1]`), 'InvalidField', '/inputs/0/data'],
    [
      'a bad value',
      input('"name":"x","shape":[1,2],"datatype":"FP32","data":[1,"a"]'),
      'WrongDatatype',
      '/inputs/0/data/1',
    ],
    ['an unknown input', input('"name":"y","shape":[1],"datatype":"FP32","data":[1]'), 'UnknownInput', undefined],
    ['the same input twice', `{"inputs":[{${whole}},{${whole}}]}`, 'DuplicateInput', undefined],
    ['inputs twice', `{"inputs":[],"inputs":[{${whole}}]}`, 'InvalidField', '/inputs'],
    ['no inputs', '{}', 'MissingInput', undefined],
    ['inputs as an object', '{"inputs":{}}', 'InvalidField', '/inputs'],
    ['rest after the body', `${input(whole)}{}`, 'InvalidJson', undefined],
    ['parameters nested beyond reason', `{"parameters":${'['.repeat(100_000)}`, 'TooDeep', undefined],
    ['parameters that are not JSON', '{"parameters":{"a":tru}}', 'InvalidJson', undefined],
  ])('refuses %s', (_, json, code, pointer) => {
    const verdict = parse(json);
    if (verdict.ok) throw new Error('was accepted');
    expect(verdict.problem).toMatchObject(pointer === undefined ? { code } : { code, pointer });
  });

  it('names the member that is no string: "A string is expected here" told nobody where', () => {
    const verdict = parse(`{"id":5,"inputs":[{${whole}}]}`);
    expect(verdict).toMatchObject({ ok: false, problem: { message: '`/id` is not a string; send one.' } });
  });

  it('takes a shape with no elements', () => {
    expect(parse(input('"name":"x","shape":[0,2],"datatype":"FP32","data":[]'))).toMatchObject({
      ok: true,
      value: { tensors: [{ shape: [0, 2] }] },
    });
  });
});
