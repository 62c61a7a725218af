import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatTable } from '@callable/formats';

export type Example = { name: string; file: string; example: string | undefined };

/** The example models of a checkout, by name: each a folder with a model and, mostly, an example input. */
export function listExamples(checkout: string | null): Example[] {
  const folder = checkout === null ? null : join(checkout, 'examples');
  if (folder === null || !existsSync(folder)) return [];
  const modelOf = (name: string) =>
    Object.values(formatTable)
      .map(({ entryPath }) => join(folder, name, entryPath))
      .find((path) => existsSync(path));
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const file = modelOf(name);
      const example = join(folder, name, 'example.json');
      return file ? [{ name, file, example: existsSync(example) ? example : undefined }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
