import { type LinkCallHead, type OnPiece, toHex } from '@callable/protocol';
import type { RunVerdict } from '@callable/runtime';
import type { Replica } from '../replicas/replica.ts';
import { runGrowing } from '../replicas/run-growing.ts';
import type { Deadline } from './open-deadline.ts';
import type { ServingContext } from './serving-context.ts';

type GoodOutcome = Extract<RunVerdict, { ok: true }> & { salt: string; startedAt: number; finishedAt: number };

/** What the model made of the call; `gone` when it was unloaded before the call's turn came. */
export type RunOutcome = GoodOutcome | Exclude<RunVerdict, { ok: true }> | 'gone';

/**
 * Waits for the model's turn and then for a slot of the node, and runs. In this order: callers of a model that hangs
 * pile up before its turn, and not in the slots that other models need.
 */
export async function runInTurn(
  context: ServingContext,
  replica: Replica,
  call: { head: LinkCallHead; body: Uint8Array; onPiece: OnPiece | undefined; started: boolean },
  deadline: Deadline,
): Promise<RunOutcome> {
  const { publisher } = replica.release.manifest;
  // Keys are free, so those of one network share its turn. Whoever calls a release shares that of its publisher.
  const callers = [call.head.origin ?? '', call.head.caller];
  using _turn = await replica.turns.take(deadline.signal, callers);
  using _slot = await replica.slot.take(deadline.signal, [publisher, call.head.release, ...callers]);
  if (!replica.alive) return 'gone';
  const { onPiece } = call;
  const { encoding } = call.head;
  const salt = context.random(32);
  const startedAt = context.clock();
  call.started = true;
  const outcome = await runGrowing(context.replicas, replica, call.head.origin ?? '', () =>
    replica.model.run(
      { encoding, body: call.body, salt },
      {
        deadlineMs: Math.max(1, deadline.at - performance.now()),
        signal: deadline.signal,
        ...(onPiece ? { onPiece: (piece: Uint8Array) => onPiece(piece, toHex(salt)) } : {}),
      },
    ),
  );
  const finishedAt = Math.max(startedAt, context.clock());
  replica.lastUsedAt = finishedAt;
  if (outcome.ok) return { ...outcome, salt: toHex(salt), startedAt, finishedAt };
  if (outcome.kind === 'model' && outcome.reason === 'RunnerDied') await countCrash(context, replica, outcome.message);
  return outcome;
}

/** The runtime puts a fresh process in place of the dead one; a release that goes on like that is given up. */
async function countCrash({ quarantine, log }: ServingContext, replica: Replica, message: string): Promise<void> {
  // Calls that were queued in a model that is given up also end so, though no process died of them.
  if (replica.model.deaths <= replica.deathsCounted) return;
  replica.deathsCounted = replica.model.deaths;
  const { digest } = replica.release;
  quarantine.recordCrash(digest, message);
  const reason = quarantine.reasonOf(digest);
  log.warn({ release: digest, message, quarantined: reason !== null }, 'a call killed the process of its model');
  if (reason) await replica[Symbol.asyncDispose]();
}
