/**
 * Ctrl-C and a supervisor that stops a service signal all its processes. Who owns the runner ends it, after the calls under
 * way: one that ended by itself would turn a polite end into failed calls, for which the model would be blamed.
 */
export function outliveSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
