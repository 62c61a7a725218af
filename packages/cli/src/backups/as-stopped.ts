import { CliError, exitCodes } from '../errors/cli-error.ts';

/** What Ctrl-C ended says that nothing is left: other commands go on where they stopped. */
export function asStopped(what: string, signal: AbortSignal, error: unknown): unknown {
  if (!signal.aborted) return error;
  return new CliError('Interrupted', 'Stopped before it was done; nothing is left of it.', `Run ${what} again.`, {
    exitCode: exitCodes.interrupted,
    cause: error,
  });
}
