/** What Kysely and pg say to whoever asks for a connection after the hub has closed its database. */
const closed = ['driver has already been destroyed', 'Cannot use a pool after calling end on the pool'];

/**
 * Whether an error only says that this hub is stopping: a request under way, such as a chunk that arrives, finds the database
 * closed. That is nobody's fault, and a stack for each in the terminal of whoever pressed Ctrl-C was taken for one.
 */
export function isHubClosed(error: unknown): boolean {
  let at = error;
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    if (closed.includes(at.message)) return true;
    at = at.cause;
  }
  return false;
}
