import { CallableError } from '@callable/protocol';
import { CliError, type ExitCode, exitCodes } from './cli-error.ts';
import { explainAnswer } from './explain-answer.ts';
import { isProxyLogin } from './is-proxy-login.ts';

/** What a person reads and a script gets of a failure. */
export type ErrorReport = {
  code: string;
  message: string;
  next: string;
  exitCode: ExitCode;
  details: Record<string, unknown>;
};

/** Any thrown value as code, one sentence and one remedy. */
export function describeError(error: unknown): ErrorReport {
  if (error instanceof CliError) {
    return { code: error.code, message: error.message, next: error.next, exitCode: error.exitCode, details: {} };
  }
  if (error instanceof CallableError) {
    return {
      code: error.code,
      message: error.message,
      next: explainAnswer(isProxyLogin(error) ? { status: 407 } : error.details.answer) ?? error.remedy,
      exitCode: exitCodes.failed,
      details: { ...error.details },
    };
  }
  if (isInterruption(error)) {
    return {
      code: 'Interrupted',
      message: 'Stopped before it was done.',
      next: 'Run the same command again: it goes on where it stopped.',
      exitCode: exitCodes.interrupted,
      details: {},
    };
  }
  return describeAccident(error);
}

const isInterruption = (error: unknown) => error instanceof Error && error.name === 'AbortError';

/** What the operating system calls by a code is named with its file; everything else is a fault of ours. */
function describeAccident(error: unknown): ErrorReport {
  const failed = { exitCode: exitCodes.failed, details: {} };
  const { code, path } = systemError(error);
  const known = code === null ? undefined : systemReasons.get(code);
  if (known) {
    const [reason, says, next] = known;
    return { ...failed, code: reason, message: `${says}${path === null ? '' : ` (${path})`}.`, next };
  }
  if (error instanceof Error && error.name === 'TimeoutError')
    return {
      ...failed,
      code: 'HubUnreachable',
      message: 'There was no answer in time.',
      next: 'Look whether the hub and its nodes run (callable nodes), or wait longer: --timeout.',
    };
  return {
    ...failed,
    code: 'Internal',
    message: error instanceof Error ? `${error.message}` : String(error),
    next: 'Run it again with CALLABLE_DEBUG=1 to see where this happened, and report it.',
  };
}

/** Its word, what is the case, and what to do. */
type Known = readonly [code: string, says: string, next: string];
const notAllowed: Known = [
  'FileUnreadable',
  'This user may not use a file it needs',
  'Check its owner and permissions.',
];
const diskFull: Known = [
  'DiskFull',
  'The disk of this machine is full',
  'Free some space and run the same command again.',
];
const tooManyOpen: Known = [
  'Internal',
  'This process may open no more files',
  'Raise the limit (ulimit -n 4096) and run it again.',
];

const systemReasons: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['ENOSPC', diskFull],
  ['EDQUOT', diskFull],
  ['EACCES', notAllowed],
  ['EPERM', notAllowed],
  ['EROFS', notAllowed],
  ['ENOENT', ['FileUnreadable', 'A file it needs is not there', 'Check the path.']],
  ['ENOTDIR', ['FileUnreadable', 'A file stands where a folder is meant', 'Name a folder, or another path.']],
  ['EISDIR', ['FileUnreadable', 'A folder stands where a file is meant', 'Name the file.']],
  ['EEXIST', ['FileUnreadable', 'A file stands where another is to be made', 'Name another path.']],
  ['ENAMETOOLONG', ['FileUnreadable', 'A path is longer than the system allows', 'Name a shorter one.']],
  ['EADDRINUSE', ['PortInUse', 'The port is in use', 'Stop what uses it, or take another one: --port.']],
  ['EMFILE', tooManyOpen],
  ['ENFILE', tooManyOpen],
]);

/** The first error of the chain that the system gave a code we know. */
function systemError(error: unknown): { code: string | null; path: string | null } {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const { code, path } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && systemReasons.has(code)) return { code, path: path ?? null };
    at = at.cause;
  }
  return { code: null, path: null };
}
