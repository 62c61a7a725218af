import { type Datatype, datatypes, parsePlainInputs } from '@callable/protocol';
import { expect, it } from 'vitest';
import { makeExample } from './make-example.ts';

it.each(Object.keys(datatypes) as Datatype[])('an example of %s is one the protocol takes', (datatype) => {
  const specs = [
    { name: 'open', datatype, shape: [-1, 3] },
    { name: 'scalar', datatype, shape: [] },
  ];
  const example = makeExample(specs, 2);
  const verdict = parsePlainInputs(new TextEncoder().encode(JSON.stringify(example)), specs);
  expect(verdict).toMatchObject({ ok: true, value: [{ shape: [2, 3] }, { shape: [] }] });
  expect(makeExample(specs, 2)).toEqual(example);
});

it('a shape that would fill the memory is not written out', () => {
  expect(makeExample([{ name: 'vast', datatype: 'FP32', shape: [100_000, 100_000] }])).toBeNull();
});
