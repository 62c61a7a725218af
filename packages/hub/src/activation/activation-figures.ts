import type { ActivationView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readActivation } from './read-activation.ts';

/** Younger than this a figure is told as it is, milliseconds; older, it is told and read anew behind that. */
const freshMs = 2_500;
/** Older than this nobody is told it: whoever asks waits for the new one. */
const staleMs = 30_000;

type Reading = { view: Promise<ActivationView>; since: number };

/**
 * The figures of activation, read once however many ask: they go over all releases (0.2 s of 100,000), and a page that everybody
 * opens must cost the database no more than one that nobody does, nor wait for it.
 */
export function createActivationFigures(ctx: Pick<HubContext, 'db' | 'clock'>): () => Promise<ActivationView> {
  let latest: Reading | null = null;
  let next: Reading | null = null;

  function readAnew(): Reading {
    if (next) return next;
    const reading = { view: readActivation(ctx), since: ctx.clock() };
    next = reading;
    reading.view.then(
      () => {
        latest = reading;
        next = null;
      },
      // The next who asks tries again; who waits for this one hears of it.
      () => {
        next = null;
      },
    );
    return reading;
  }

  return () => {
    const age = latest ? ctx.clock() - latest.since : Number.POSITIVE_INFINITY;
    if (latest && age >= 0 && age < freshMs) return latest.view;
    const reading = readAnew();
    return latest && age >= 0 && age < staleMs ? latest.view : reading.view;
  };
}
