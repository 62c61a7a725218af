import { once } from 'node:events';

/** Resolves when Ctrl-C or a kill asks for the end. */
export async function untilStopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
