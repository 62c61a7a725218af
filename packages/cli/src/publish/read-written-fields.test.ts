import { createReleaseView } from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { describeTensors } from './describe-tensors.ts';
import { parseWrittenFields } from './read-written-fields.ts';

const refusal = (value: unknown) => {
  try {
    parseWrittenFields(typeof value === 'string' ? value : JSON.stringify(value), 'callable.json');
  } catch (error) {
    return error as { code: string; message: string; next: string };
  }
  throw new Error('it was accepted');
};

it('takes the words out of a whole manifest and passes over what is measured', () => {
  const { manifest } = createReleaseView({
    ...{ title: 'T', tags: ['a'] },
    inputs: [{ name: 'X', datatype: 'FP32', shape: [1], description: 'd' }],
    outputs: [{ name: 'Y', datatype: 'FP32', shape: [1, 2], labels: ['no', 'yes'] }],
  });
  const { name, version, title, summary, license, task, tags } = manifest;
  const words = Object.entries({ name, version, title, summary, license, task, tags });
  expect(parseWrittenFields(JSON.stringify(manifest), 'callable.json')).toEqual({
    ...Object.fromEntries(words.filter(([, said]) => said !== undefined)),
    inputs: [{ name: 'X', description: 'd' }],
    outputs: [{ name: 'Y', labels: ['no', 'yes'] }],
  });
});

it('names what is wrong and what to write', () => {
  expect(refusal({ licence: 'MIT' }).next).toBe('Write license.');
  expect(refusal('{').message).toContain('is not valid JSON');
  expect(refusal([]).message).toContain('is not a JSON object');
  expect(refusal({ title: 5 }).message).toContain('a title that is not a text');
  expect(refusal({ tags: 'a' }).next).toContain('["one", "two"]');
  expect(refusal({ inputs: [{ description: 'x' }] }).message).toContain('inputs without a name');
  expect(refusal({ outputs: [{ name: 'Y', labels: [1] }] }).message).toContain('labels of Y');
});

it('a text about a tensor the model does not have names the right one', () => {
  const specs = [{ name: 'text', datatype: 'BYTES' as const, shape: [-1] }];
  expect(describeTensors(specs, [{ name: 'text', description: 'd' }], 'input')).toEqual([
    { ...specs[0], description: 'd' },
  ]);
  expect(() => describeTensors(specs, [{ name: 'txt' }], 'input')).toThrow(
    expect.objectContaining({ code: 'ManifestInvalid', next: 'Write text.' }),
  );
});
