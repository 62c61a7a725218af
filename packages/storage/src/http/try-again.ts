import { setTimeout as delay } from 'node:timers/promises';

export type Patience = {
  attempts: number;
  /** Before the second attempt; doubled before each further one, with up to half of it added by chance. */
  pauseMs: number;
  random: () => number;
};

/** Does something again after a pause as long as it fails in a way that may pass; throws the last failure. */
export async function tryAgain<Result>(
  patience: Patience,
  mayPass: (error: unknown) => boolean,
  work: (attempt: number) => Promise<Result>,
  options: { signal?: AbortSignal } = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (options.signal?.aborted || attempt >= patience.attempts || !mayPass(error)) throw error;
      const pauseMs = patience.pauseMs * 2 ** (attempt - 1) * (1 + patience.random() / 2);
      await delay(pauseMs, undefined, options);
    }
  }
}
