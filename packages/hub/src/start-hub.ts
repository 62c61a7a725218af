import { setMaxListeners } from 'node:events';
import { CallableError } from '@callable/protocol';
import type { HubConfig } from './config/hub-config.ts';
import type { HubContext } from './context.ts';
import { createHubContext } from './create-context.ts';
import { isDatabaseAway } from './db/is-database-away.ts';
import { refoldLog } from './fold/refold-log.ts';
import { giveBackTime } from './give-back-time.ts';
import { recallRollback } from './log/end-signing.ts';
import { adoptPolicy } from './policy/adopt-policy.ts';
import { runBackground } from './run-background.ts';

export type RunningHub = AsyncDisposable & {
  ctx: HubContext;
  /** Begins no job of its own any more; what is asked is answered. For a network that ends nodes before their hub. */
  rest(): void;
};

/**
 * Builds a hub and starts its background work; the caller puts its API on a server. Its jobs wait for `mayWork`: a probe
 * that comes before the nodes of a network says of every release that nobody answers.
 */
export async function startHub(
  config: HubConfig,
  overrides: Partial<HubContext> = {},
  mayWork: Promise<void> = Promise.resolve(),
): Promise<RunningHub> {
  const ctx = await createHubContext(config, overrides);
  try {
    await recallRollback(ctx);
    await refoldLog(ctx);
    if (ctx.tlog.rolledBack === null) await adoptPolicy(ctx);
  } catch (error) {
    await ctx[Symbol.asyncDispose]();
    // Nobody's fault here, and nothing to report: what was written stands in whole steps.
    if (isDatabaseAway(error))
      throw new CallableError('DatabaseUnavailable', 'The database went away while the hub started: start it again.', {
        cause: error,
      });
    throw error;
  }
  const [stop, rest] = [new AbortController(), new AbortController()];
  // Every waiter of the background work listens to this one signal.
  const resting = AbortSignal.any([stop.signal, rest.signal]);
  setMaxListeners(0, stop.signal, resting);
  ctx.outages.recover = () => giveBackTime(ctx);
  const background = runBackground(ctx, stop.signal, { mayWork, resting });
  return {
    ctx,
    rest: () => rest.abort(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await background;
      await ctx[Symbol.asyncDispose]();
    },
  };
}
