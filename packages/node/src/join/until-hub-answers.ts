import { CallableError } from '@callable/protocol';
import type { NodeContext } from '../context.ts';
import { createBackoff } from '../waiting/create-backoff.ts';

/** What a hub says, or is taken to say, while it is down, starting or overloaded. */
const passing = new Set<string>([
  'HubUnreachable',
  'NotReady',
  'DatabaseUnavailable',
  'TooManyRequests',
  'DiskFull',
  'Internal',
  'LogRolledBack',
]);

export const isPassing = (error: unknown) => error instanceof CallableError && passing.has(error.code);

/**
 * Repeats an attempt with growing pauses while the hub is down, so that a node outlives its hub's restarts.
 * Throws what the hub refuses for good, and the signal's reason.
 */
export async function untilHubAnswers<Value>(
  { random, log }: Pick<NodeContext, 'random' | 'log'>,
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<Value>,
): Promise<Value> {
  const backoff = createBackoff(random);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      log.warn({ reason: error instanceof Error ? error.message : error }, `${what}: waiting for the hub`);
      await backoff.wait(signal);
    }
  }
}
