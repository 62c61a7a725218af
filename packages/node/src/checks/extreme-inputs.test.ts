import { type Manifest, readElements, type Tensor } from '@callable/protocol';
import { expect, it } from 'vitest';
import { extremeInputs } from './extreme-inputs.ts';

const tensor = (name: string, datatype: Tensor['datatype'], bytes: number, shape = [2, 1]): Tensor => ({
  ...{ name, datatype, shape },
  data: new Uint8Array(2 * bytes).fill(7),
});
const spec = (name: string, datatype: Tensor['datatype'], rows = -1): Manifest['inputs'][number] => ({
  ...{ name, datatype },
  shape: [rows, 1],
});

/** Of each input tried, its name and what every tensor is filled with. */
const tried = (example: Tensor[], specs: Manifest['inputs']) =>
  extremeInputs(example, specs).map(({ name, inputs }) => {
    for (const { shape, data } of inputs) if (data.length > 0) expect(shape).toEqual([2, 1]);
    return [name, ...inputs.map((each) => [...new Set(Array.from(readElements(each), String))].join())];
  });

it('whole numbers are tried at their ends, side by side, and without rows', () => {
  const example = [tensor('a', 'INT64', 8), tensor('b', 'UINT8', 1)];
  const least = '-9223372036854775808';
  expect(tried(example, [spec('a', 'INT64'), spec('b', 'UINT8', 2)])).toEqual([
    ['zeros', '0', '0'],
    ['ones', '1', '1'],
    ['the smallest numbers', least, '0'],
    ['the largest numbers', '9223372036854775807', '255'],
    ['minus ones', '-1', '255'],
    ['the smallest numbers beside minus ones', least, '255'],
    ['the smallest numbers beside minus ones', '-1', '0'],
    ['an empty batch', '', '7'],
  ]);
});

it('floats are also tried as NaN and infinity, while sizes beside them stay', () => {
  const example = [tensor('x', 'FP32', 4), tensor('size', 'INT32', 4)];
  const list = tried(example, [spec('x', 'FP32', 2), spec('size', 'INT32', 2)]);
  expect(list.filter(([name]) => name === 'NaN' || name === 'infinity')).toEqual([
    ['NaN', 'NaN', String(0x07070707)],
    ['infinity', 'Infinity', String(0x07070707)],
  ]);
  expect(list.map(([name]) => name)).not.toContain('an empty batch');
});
