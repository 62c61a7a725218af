import { basename, dirname, resolve } from 'node:path';
import { type ModelName, parseModelName } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

/** A name from the file's own; `iris/model.onnx` is called iris, because so many files are called model. */
export function nameModel(file: string): ModelName {
  const stem = basename(file, '.onnx');
  const generic = ['model', 'model_quantized', 'model_optimized'].includes(stem.toLowerCase());
  const folder = basename(dirname(resolve(file)));
  for (const text of generic ? [folder, stem] : [stem]) {
    const name = parseModelName(
      text
        .toLowerCase()
        .replaceAll(/[^a-z0-9._-]+/g, '-')
        .replaceAll(/^[^a-z0-9]+/g, '')
        .slice(0, 63)
        .replaceAll(/[^a-z0-9]+$/g, ''),
    );
    if (name) return name;
  }
  throw usageError(`No name can be made of ${basename(file)}.`, 'Give one: --name my-model');
}
