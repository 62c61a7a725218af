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

export const isPassing = (error: unknown): error is CallableError =>
  error instanceof CallableError && passing.has(error.code);

/**
 * Repeats an attempt with growing pauses while the hub is down, so that a node outlives its hub's restarts.
 * Throws what the hub refuses for good, and the signal's reason.
 */
export async function untilHubAnswers<Value>(
  { random, log, presence }: Pick<NodeContext, 'random' | 'log' | 'presence'>,
  what: string,
  signal: AbortSignal,
  attempt: () => Promise<Value>,
): Promise<Value> {
  const [backoff, asker] = [createBackoff(random), presence.askAt('hub')];
  for (;;) {
    try {
      const answer = await attempt();
      asker.there();
      return answer;
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isPassing(error)) {
        asker.there();
        throw error;
      }
      if (!asker.away(error.message)) log.warn({ reason: error.message }, `${what}: waiting for the hub`);
      await backoff.wait(signal);
    }
  }
}
