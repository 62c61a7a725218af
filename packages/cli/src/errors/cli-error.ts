/** 0 done, 1 failed, 2 used wrongly, 3 stored but not callable, 4 nothing failed and nothing is proved, 130 stopped by Ctrl-C. */
export const exitCodes = {
  ...{ done: 0, failed: 1, usedWrongly: 2, notCallable: 3, notProved: 4 },
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure of the command line itself, with the word a script reads and the step a person takes. */
export class CliError extends Error {
  readonly code: string;
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, next: string, options: { exitCode?: ExitCode; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CliError';
    this.code = code;
    this.next = next;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** The command was written wrongly: nothing was done. */
export function usageError(message: string, next: string): CliError {
  return new CliError('UsedWrongly', message, next, { exitCode: exitCodes.usedWrongly });
}
