import { expect, it } from 'vitest';
import { nameModel } from './name-model.ts';

it.each([
  ['./light_resnet50.onnx', 'light_resnet50'],
  ['/x/My Model (final).onnx', 'my-model-final'],
  ['examples/iris/model.onnx', 'iris'],
  ['a/.hidden.onnx', 'hidden'],
  [`${'n'.repeat(100)}.onnx`, 'n'.repeat(63)],
])('%s is called %s', (file, name) => expect(nameModel(file)).toBe(name));

it('asks for a name where none can be made', () => {
  expect(() => nameModel('/x/模型.onnx')).toThrow(/No name can be made/);
});
