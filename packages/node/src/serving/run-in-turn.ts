import { type LinkCallHead, toHex } from '@callable/protocol';
import type { LoadedModel } from '../runtime/index.ts';
import type { Deadline, ServingContext } from './answer-call.ts';
import type { Replica } from './replica.ts';

type ModelOutcome = Awaited<ReturnType<LoadedModel['run']>>;
type GoodOutcome = Extract<ModelOutcome, { ok: true }> & { salt: string; startedAt: number; finishedAt: number };

/** What the model made of the call; `gone` when it was unloaded before the call's turn came. */
export type RunOutcome = GoodOutcome | Exclude<ModelOutcome, { ok: true }> | 'gone';

/** A model is given at least this long, milliseconds: see `runInTurn`. */
const shortestRunMs = 5_000;

/**
 * Waits for the model's turn and for a slot of the node, then runs. Both are held until the model is really done,
 * though the caller may have left: a run cannot be stopped from inside, only by ending its process. That happens at
 * the caller's deadline, but never earlier than a few seconds, or callers with a deadline of one millisecond
 * could keep a model from everybody else by having it killed again and again.
 */
export async function runInTurn(
  context: ServingContext,
  replica: Replica,
  call: { head: LinkCallHead; body: Uint8Array; started: boolean },
  deadline: Deadline,
): Promise<RunOutcome> {
  using _turn = await replica.turns.take(deadline.signal);
  if (!replica.alive) return 'gone';
  using _slot = await context.slots.take(deadline.signal);
  if (!replica.alive) return 'gone';
  call.started = true;
  const salt = context.random(32);
  const startedAt = context.clock();
  const deadlineMs = Math.min(context.config.runMs, Math.max(shortestRunMs, deadline.at - performance.now()));
  const outcome = await replica.model.run(
    { encoding: call.head.encoding, body: call.body, salt },
    { deadlineMs, signal: context.lifetime },
  );
  replica.lastUsedAt = context.clock();
  if (outcome.ok) return { ...outcome, salt: toHex(salt), startedAt, finishedAt: Math.max(startedAt, context.clock()) };
  if (outcome.kind === 'model' && outcome.reason === 'RunnerDied') await countCrash(context, replica, outcome.message);
  return outcome;
}

/** The runtime has put a fresh process in place of the dead one; a release that goes on like that is given up. */
async function countCrash({ quarantine, log }: ServingContext, replica: Replica, message: string): Promise<void> {
  const { digest } = replica.release;
  quarantine.recordCrash(digest, message);
  const reason = quarantine.reasonOf(digest);
  log.warn({ release: digest, message, quarantined: reason !== null }, 'a call killed the process of its model');
  if (reason) await replica[Symbol.asyncDispose]();
}
