import { basename, dirname, resolve } from 'node:path';
import { type FormatTable, formatTable } from '@callable/formats';
import { type ModelName, parseModelName } from '@callable/protocol';
import { usageError } from '../errors/cli-error.ts';

/** A name from the file's own without the ending of its format; `iris/model.…` is called iris: so many are called model. */
export function nameModel(file: string, formats: FormatTable = formatTable): ModelName {
  const ending = Object.values(formats).find(({ extension }) => file.endsWith(extension))?.extension;
  const stem = basename(file, ending);
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
