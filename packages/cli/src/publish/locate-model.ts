import { lstat, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Format, FormatTable } from '@callable/formats';
import { collidingPaths, filePathProblem, manifestLimits } from '@callable/protocol';
import { CliError } from '../errors/cli-error.ts';
import type { SourceFile } from '../models/hash-source.ts';
import { readFormat } from './read-format.ts';

export type LocatedModel = {
  /** Told from its bytes; the first of the table where they are of no format: its inspection says what is wrong. */
  format: Format;
  /** The model file itself. */
  file: string;
  /** What else stands in the folder that is published: tokenizers, cards, weights. */
  companions: SourceFile[];
};

/** Folders deeper than this are no layout of a model. */
const maxDepth = 8;

/** The model of a file or of a folder, and the other files of the folder; nothing is left out without a word. */
export async function locateModel(path: string, formats: FormatTable): Promise<LocatedModel> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) return { file: path, format: await readFormat(path, formats), companions: [] };
  const paths = await listFiles(path);
  const entry = chooseEntry(path, paths, formats);
  const format = await readFormat(join(path, entry), formats);
  const companions = paths.filter((one) => one !== entry && !isOwn(one));
  for (const one of companions) {
    const problem = filePathProblem(one);
    if (problem) throw refused(path, `${one} cannot be part of a release: ${problem}`, 'Rename it or take it away.');
  }
  const collision = collidingPaths([format.entryPath, ...companions]);
  if (collision)
    throw refused(
      path,
      `${collision[0]} and ${collision[1]} cannot stand beside each other everywhere`,
      'Rename one of them.',
    );
  return {
    file: join(path, entry),
    format,
    companions: companions.map((one) => ({ path: one, source: join(path, one) })),
  };
}

const refused = (path: string, why: string, next: string) =>
  new CliError('FolderRefused', `The folder ${path} cannot be published: ${why}.`, next);

/** callable.json becomes the manifest, it is no file of the release. */
const isOwn = (path: string) => path === 'callable.json';

async function listFiles(root: string): Promise<string[]> {
  const out: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    if (depth > maxDepth)
      throw refused(root, `it is nested deeper than ${maxDepth} folders`, 'Publish the folder that holds the model.');
    for (const name of (await readdir(folder)).sort()) {
      // Files of editors, version control and the system; nobody means to publish them.
      if (name.startsWith('.')) continue;
      const path = join(folder, name);
      const found = await lstat(path);
      const shown = relative(root, path).split(sep).join('/');
      if (found.isDirectory()) await walk(path, depth + 1);
      else if (found.isFile()) out.push(shown);
      // What a link points to may be anything of this user.
      else
        throw refused(root, `${shown} is a link or no plain file`, 'Copy the folder with cp -rL and publish the copy.');
      if (out.length > manifestLimits.files)
        throw refused(
          root,
          `it has more than ${manifestLimits.files} files`,
          'Publish the model file alone, or a folder with what belongs to it.',
        );
    }
  };
  await walk(root, 0);
  return out;
}

/** The name says what a publisher means to be the model; what it is, its bytes say. */
function chooseEntry(root: string, paths: readonly string[], formats: FormatTable): string {
  const rows = Object.values(formats);
  const isModel = (path: string) => rows.some(({ extension }) => path.endsWith(extension));
  const models = paths.filter((path) => !path.includes('/') && isModel(path));
  const [only] = models;
  const named = rows.map(({ entryPath }) => entryPath).filter((path) => models.includes(path));
  if (named.length === 1 && named[0] !== undefined) return named[0];
  if (only !== undefined && models.length === 1) return only;
  const endings = rows.map(({ extension }) => extension).join(' or ');
  if (models.length === 0)
    throw refused(root, `there is no ${endings} file in it`, 'Name the model file or its folder.');
  throw refused(
    root,
    `it holds ${models.length} models, ${shorten(models)}, and a release has one`,
    `Name the one: callable publish ${join(root, models[0] ?? '')}; or call it ${rows.map(({ entryPath }) => entryPath).join(' or ')} if the whole folder belongs to it.`,
  );
}

const shorten = (names: readonly string[]) =>
  names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
