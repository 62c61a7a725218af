import { expect, test } from 'vitest';
import { platformOf } from './platform-of.ts';

test('a format is called by the word of the protocol, or by its own', () => {
  expect(['onnx', 'gguf', 'toString'].map(platformOf)).toEqual(['onnx_onnxv1', 'gguf', 'toString']);
});
