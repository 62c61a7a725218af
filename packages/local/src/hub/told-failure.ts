import { CallableError, type ErrorDetails, type ReasonCode } from '@callable/protocol';

/** An error on its way to another process: copied as it stands it would lose its class and what the system called it. */
export type ToldFailure = {
  name: string;
  message: string;
  stack: string | undefined;
  /** Of a `CallableError` the reason, of another what the system says, like EACCES. */
  code: string | undefined;
  path: string | undefined;
  /** Null for what is no `CallableError`. */
  details: ErrorDetails | null;
  cause: ToldFailure | null;
};

/** As deep as whoever explains an error looks for a code of the system. */
const deepest = 5;

export function tellFailure(error: unknown, depth = 0): ToldFailure {
  const one = error instanceof Error ? error : new Error(String(error));
  const { code, path } = one as NodeJS.ErrnoException;
  return {
    ...{ name: one.name, message: one.message, stack: one.stack, code, path },
    details: one instanceof CallableError ? one.details : null,
    cause: one.cause === undefined || depth >= deepest ? null : tellFailure(one.cause, depth + 1),
  };
}

/** The error again, for whoever looks at its class, its code and its causes. */
export function readFailure({ name, message, stack, code, path, details, cause }: ToldFailure): Error {
  const options = cause ? { cause: readFailure(cause) } : {};
  const error =
    details === null
      ? Object.assign(new Error(message, options), { name }, code && { code }, path && { path })
      : new CallableError(code as ReasonCode, message, { ...options, details });
  return Object.assign(error, stack === undefined ? {} : { stack });
}
