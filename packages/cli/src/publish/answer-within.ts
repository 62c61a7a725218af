import { CallableError, endWithin } from '@callable/protocol';

/** Small requests are answered within this, milliseconds. */
export const shortAnswerMs = 30_000;

/**
 * Ends a request that is not answered in time: a connection whose other end is lost never says so by itself. Throws
 * HubUnreachable then.
 */
export async function answerWithin<Answer>(
  ms: number,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const time = endWithin(ms);
  try {
    return await ask(AbortSignal.any([signal, time]));
  } catch (cause) {
    if (!time.aborted || signal.aborted) throw cause;
    throw new CallableError('HubUnreachable', `The hub has not answered for ${Math.round(ms / 1000)} s.`, { cause });
  }
}
