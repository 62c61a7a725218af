import { setTimeout as pause, setImmediate as tickEnd } from 'node:timers/promises';
import type { NodeContext } from '../context.ts';

/** How long calls that were taken may still last when the node stops, milliseconds. */
const patienceMs = 10_000;
/** A gateway that stands still hears nothing; it finds the link closed later. */
const hearingMs = 1_000;

/**
 * Waits until every gateway has heard that this node takes no calls any more, and until those it took are answered, those
 * that waited for their turn too, and their answers sent whole. For a while: what lasts longer is asked elsewhere.
 */
export async function finishCalls({
  links,
  underWay,
  log,
}: Pick<NodeContext, 'links' | 'underWay' | 'log'>): Promise<void> {
  const heard = Promise.all([...links].map((link) => link.tellNow()));
  await Promise.race([heard, pause(hearingMs, undefined, { ref: false })]);
  const left = () =>
    Math.max(
      underWay.calls,
      [...links].reduce((sum, link) => sum + link.underWay, 0),
    );
  const until = performance.now() + patienceMs;
  while (left() > 0 && performance.now() < until) await pause(20);
  // The batch of the last answers is made at the end of their tick, which has begun before this one.
  await tickEnd();
  if (left() > 0) log.warn({ calls: left() }, 'stopping while calls still run');
}
