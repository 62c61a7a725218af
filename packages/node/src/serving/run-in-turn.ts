import { type LinkCallHead, type OnPiece, toHex } from '@callable/protocol';
import type { RunVerdict } from '@callable/runtime';
import type { Replica } from '../replicas/replica.ts';
import { runGrowing } from '../replicas/run-growing.ts';
import type { Deadline } from './open-deadline.ts';
import type { ServingContext } from './serving-context.ts';

type GoodOutcome = Extract<RunVerdict, { ok: true }> & { salt: Uint8Array; startedAt: number; finishedAt: number };

/** `started` says whether the model may have begun. */
type TurnCall = { head: LinkCallHead; body: Uint8Array; onPiece: OnPiece | undefined; started: boolean };

/** What the model made of the call; `gone` when it was unloaded before the call's turn came. */
export type RunOutcome = GoodOutcome | Exclude<RunVerdict, { ok: true }> | 'gone';

/**
 * Waits for the model's turn and then for a slot of the node, and runs. In this order: callers of a model that hangs
 * pile up before its turn, and not in the slots that other models need.
 */
export async function runInTurn(
  context: ServingContext,
  replica: Replica,
  call: TurnCall,
  deadline: Deadline,
): Promise<RunOutcome> {
  const { publisher } = replica.release.manifest;
  // Keys are free, so those of one network share its turn. Whoever calls a release shares that of its publisher.
  const callers = [call.head.origin ?? '', call.head.caller];
  const turn = await replica.turns.take(deadline.signal, callers);
  try {
    const slot = await replica.slot.take(deadline.signal, [publisher, call.head.release, ...callers]);
    try {
      return replica.alive ? await run(context, replica, call, deadline) : 'gone';
    } finally {
      slot[Symbol.dispose]();
    }
  } finally {
    turn[Symbol.dispose]();
  }
}

async function run(
  context: ServingContext,
  replica: Replica,
  call: TurnCall,
  deadline: Deadline,
): Promise<Exclude<RunOutcome, 'gone'>> {
  const { onPiece, head } = call;
  const salt = context.receipts.salt();
  const startedAt = context.clock();
  call.started = true;
  const outcome = await runGrowing(context.replicas, replica, head.origin ?? '', () =>
    replica.model.run(
      { encoding: head.encoding, body: call.body, salt },
      {
        deadlineMs: Math.max(1, deadline.at - performance.now()),
        signal: deadline.signal,
        ...(onPiece ? { onPiece: (piece: Uint8Array) => onPiece(piece, toHex(salt)) } : {}),
      },
    ),
  );
  const finishedAt = Math.max(startedAt, context.clock());
  replica.lastUsedAt = finishedAt;
  if (outcome.ok) return { ...outcome, salt, startedAt, finishedAt };
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
