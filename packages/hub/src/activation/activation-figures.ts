import type { ActivationView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readActivation } from './read-activation.ts';

/** As old as a figure may be, milliseconds. */
const freshMs = 5_000;

/**
 * The figures of activation, read once however many ask: they go over all releases, and a page that everybody opens must cost
 * the database no more than one that nobody does.
 */
export function createActivationFigures(ctx: Pick<HubContext, 'db' | 'clock'>): () => Promise<ActivationView> {
  let latest: { view: Promise<ActivationView>; since: number } | null = null;
  return () => {
    const now = ctx.clock();
    if (latest && now - latest.since >= 0 && now - latest.since < freshMs) return latest.view;
    const reading = { view: readActivation(ctx), since: now };
    latest = reading;
    // What failed is not kept: the next who asks tries again.
    reading.view.catch(() => {
      if (latest === reading) latest = null;
    });
    return reading.view;
  };
}
