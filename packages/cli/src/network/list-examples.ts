import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Example = { name: string; file: string; example: string | undefined };

/** The example models of a checkout, by name: each a folder with a model and, mostly, an example input. */
export function listExamples(checkout: string | null): Example[] {
  const folder = checkout === null ? null : join(checkout, 'examples');
  if (folder === null || !existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'model.onnx')))
    .map(({ name }) => {
      const example = join(folder, name, 'example.json');
      return { name, file: join(folder, name, 'model.onnx'), example: existsSync(example) ? example : undefined };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
