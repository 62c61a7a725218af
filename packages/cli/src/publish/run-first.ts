import { CallableError } from '@callable/protocol';
import type { LocalModel } from '../models/load-locally.ts';
import type { Candidate } from './choose-example.ts';

/** Later candidates get less time than the first, and all of them together no more than somebody waits for, milliseconds. */
const limits = { laterMs: 10_000, allMs: 40_000, deaths: 2 };

type FirstRun = { text: string; how: string | null; first: Awaited<ReturnType<LocalModel['run']>> };

/**
 * The first candidate the model answers. Throws what the model said of the first one, with a word on how many others were
 * tried: a guess that fails is no failing of the publisher's.
 */
export async function runFirst(model: LocalModel, candidates: readonly Candidate[]): Promise<FirstRun> {
  const tried = new Set<string>();
  let failure: CallableError | null = null;
  let until = Number.POSITIVE_INFINITY;
  let deaths = 0;
  for (const candidate of candidates) {
    if (performance.now() > until || deaths >= limits.deaths) break;
    const { text, how } = candidate;
    if (tried.has(text)) continue;
    tried.add(text);
    try {
      return { text, how, first: await (failure === null ? model.run(text) : model.run(text, limits.laterMs)) };
    } catch (error) {
      if (!(error instanceof CallableError) || error.code !== 'ExampleFailed') throw error;
      failure ??= error;
      if (error.message.includes('(RunnerDied)')) deaths += 1;
      until = Math.min(until, performance.now() + limits.allMs);
    }
  }
  throw candidates[0]?.how === null || failure === null ? failure : ofGuess(failure, tried.size - 1);
}

function ofGuess(failure: CallableError, others: number): CallableError {
  const message = failure.message.replace('on the example (', 'on the example made from the shapes (');
  const more = others === 0 ? '' : ` ${others} other${others === 1 ? '' : 's'} of other sizes and values failed too.`;
  return new CallableError('ExampleFailed', `${message}${more}`, {
    ...(failure.details ? { details: failure.details } : {}),
    cause: failure,
  });
}
