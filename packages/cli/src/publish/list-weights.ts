import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** A file a model may name as its weights: its path from the model's folder, and what it really is. */
export type Weights = {
  path: string;
  size: number;
  source: string;
  /** Null where it may be taken; else where the link leads. */
  outside: string | null;
};

/** Folders deeper than this are no layout of a model. */
const maxDepth = 8;
/** The model may lie in a home directory. */
const mostEntries = 10_000;

/**
 * Files in and below the folder of a model, the nearest first; links are followed. attack: an archive brings a model and
 * beside it a link to a private key, which the model names as its weights: published, it would be public for ever. So what
 * lies outside is marked. The folder of the model's own file counts as inside: caches link a model and its weights there.
 */
export async function listWeights(model: string): Promise<Weights[]> {
  const root = dirname(model);
  const inside = [await realpath(root), dirname(await realpath(model))];
  const isInside = (path: string) => inside.some((folder) => path === folder || path.startsWith(folder + sep));
  const found: Weights[] = [];
  const seen = new Set<string>([inside[0] ?? root]);
  let entriesLeft = mostEntries;
  let level = [root];
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth++) {
    const deeper: string[] = [];
    for (const folder of level) {
      const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
      for (const { name } of entries) {
        entriesLeft -= 1;
        if (entriesLeft < 0) return found;
        const path = join(folder, name);
        // A link that leads nowhere is no file.
        const source = await realpath(path).catch(() => null);
        const what = source === null ? null : await stat(source).catch(() => null);
        if (source === null || what === null) continue;
        const outside = isInside(source) ? null : source;
        if (what.isFile())
          found.push({ path: relative(root, path).split(sep).join('/'), size: what.size, source, outside });
        else if (what.isDirectory() && outside === null && !name.startsWith('.') && !seen.has(source)) {
          seen.add(source);
          deeper.push(path);
        }
      }
    }
    level = deeper;
  }
  return found;
}
