/** Of the operating system and the resolver: nobody answers at the address. */
const systemCodes = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ECONNABORTED'],
]);

/**
 * Of PostgreSQL: connections that end or are not taken (class 08, shut down, crashed, starting, too many), and a server
 * that only reads, which is one that was replaced or is not yet in its place.
 */
const serverCodes = /^(08...|57P0[1235]|53300|25006)$/;

/** Of the driver, which gives these no code. */
const driverMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|The server does not support SSL|Cannot use a pool after)/;

/**
 * Whether the database could not be asked, rather than that it said no. It may be wrapped by whoever asked. A transaction
 * whose connection broke at its commit may have happened.
 */
export function isDatabaseAway(error: unknown): boolean {
  return errorsOf(error).some((one) => {
    if (one instanceof DatabaseAwayError) return true;
    const { code } = one as { code?: unknown };
    // A file that is missing has a path; a socket that is missing has one too, and says what it did.
    if (typeof code === 'string' && (systemCodes.has(code) || serverCodes.test(code)))
      return serverCodes.test(code) || isOfSocket(one);
    return driverMessages.test(one.message);
  });
}

/** Nobody asks a database that is known to be away: whoever would wait for it hears this at once. */
export class DatabaseAwayError extends Error {
  override readonly name = 'DatabaseAwayError';
}

/** PostgreSQL had no room to write. */
export const isDatabaseFull = (error: unknown): boolean =>
  errorsOf(error).some((one) => (one as { code?: unknown }).code === '53100');

function isOfSocket(error: Error): boolean {
  const { syscall } = error as { syscall?: unknown };
  return typeof syscall === 'string' && ['connect', 'read', 'write', 'getaddrinfo', 'shutdown'].includes(syscall);
}

/** The error and what caused it, also the parts of one that has several, as for a name with several addresses. */
function errorsOf(error: unknown, depth = 5): Error[] {
  if (!(error instanceof Error) || depth === 0) return [];
  const parts = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...parts].flatMap((one) => errorsOf(one, depth - 1))];
}
