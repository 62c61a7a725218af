/** Sends a signal; false when there is no such process any more. */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ESRCH') return false;
    throw new Error(`Cannot stop the PostgreSQL process ${pid} left by an earlier run.`, { cause });
  }
}
