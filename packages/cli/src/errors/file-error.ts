import { CliError } from './cli-error.ts';

/** Why a file named on the command line cannot be read, and what to do about that; `what` begins the sentence. */
export function fileError(what: string, cause: unknown): CliError {
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? '';
  const [why, next] = known.get(code) ?? [
    code || (cause instanceof Error ? cause.message : String(cause)),
    'Check the path and what it lies on.',
  ];
  return new CliError('FileUnreadable', `${what} cannot be read: ${why}.`, next, { cause });
}

const known: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['ENOENT', ['there is no such file', 'Check the path.']],
  ['ENOTDIR', ['a part of its path is a file', 'Check the path.']],
  ['EISDIR', ['it is a folder', 'Name the file in it.']],
  ['EACCES', ['this user may not', 'Check its owner and permissions.']],
  ['EPERM', ['this user may not', 'Check its owner and permissions.']],
  ['ELOOP', ['its links lead round in a circle', 'Name the file itself.']],
  ['ENAMETOOLONG', ['its name is longer than the system allows', 'Check the path.']],
]);
