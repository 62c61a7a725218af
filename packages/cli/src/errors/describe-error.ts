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
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  const where = typeof path === 'string' ? ` (${path})` : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return {
      ...failed,
      code: 'DiskFull',
      message: `The disk of this machine is full${where}.`,
      next: 'Free some space and run the same command again.',
    };
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return {
      ...failed,
      code: 'FileUnreadable',
      message: `This user may not use ${typeof path === 'string' ? path : 'a file it needs'}.`,
      next: 'Check its owner and permissions.',
    };
  }
  return {
    ...failed,
    code: 'Internal',
    message: error instanceof Error ? `${error.message}` : String(error),
    next: 'Run it again with CALLABLE_DEBUG=1 to see where this happened, and report it.',
  };
}
