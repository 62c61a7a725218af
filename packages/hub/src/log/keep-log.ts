import type { HubContext } from '../context.ts';
import { complain } from '../outages/complain.ts';
import { isDiskFull } from '../outages/is-disk-full.ts';
import type { WitnessMemory } from './ask-witnesses.ts';
import { ContradictionError } from './contradiction-error.ts';
import { endSigning } from './end-signing.ts';
import { type EdgeMemory, entriesPerHead, growLog } from './grow-log.ts';
import { ForeignLogError } from './log-head.ts';
import { openLog } from './open-log.ts';
import { publishCheckpoint } from './publish-checkpoint.ts';
import { type VerifyRest, verifyHeads } from './verify-heads.ts';

/** A statement is in a published checkpoint about this much later at most, milliseconds. */
const longestWaitMs = 1000;
/** Hints may come at any rate; every head costs a few synced files. */
const shortestWaitMs = 100;

/** Writes, signs and publishes the log until the signal aborts, or for ever stops when it must not sign on. */
export async function keepLog(ctx: HubContext, signal: AbortSignal): Promise<void> {
  const edge: EdgeMemory = { edge: null };
  const witnesses: WitnessMemory = new Map();
  const rest: Rest = { ending: null, contradiction: null };
  let isVerified = false;
  while (!signal.aborted) {
    const hint = ctx.changes.next({ topic: 'outbox', subject: '' }, longestWaitMs, signal);
    try {
      if (!isVerified) {
        const left = await verifyHeads(ctx, signal);
        await openLog(ctx);
        isVerified = true;
        ctx.tlog.isVerified = true;
        if (left) rest.ending = verifyRest(ctx, rest, left, signal);
      }
      if (rest.contradiction) throw rest.contradiction;
      if (ctx.tlog.rolledBack !== null) break;
      // A head that its witnesses have not seen yet comes first: what is published has no gaps in its history.
      for (let taken = entriesPerHead; await publishCheckpoint(ctx, witnesses, signal); ) {
        ctx.tlog.state = 'ok';
        // What came meanwhile has a hint of its own.
        if (taken < entriesPerHead) break;
        taken = await growLog(ctx, edge);
        if (taken === 0) break;
      }
    } catch (error) {
      if (error instanceof ForeignLogError) {
        refuse(ctx, error);
        break;
      }
      if (error instanceof ContradictionError) {
        // Without the database this process alone knows; the next start finds it again.
        await endSigning(ctx, error.message).catch((cause: unknown) => ctx.log.error({ err: cause }, 'not recorded'));
        break;
      }
      if (!signal.aborted) sayFailed(ctx, error);
    }
    await hint;
    await ctx.outages.untilOver(signal);
    if (!signal.aborted) await ctx.changes.next({ topic: 'outbox', subject: 'none' }, shortestWaitMs, signal);
  }
  await rest.ending;
}

/** What is compared while the log grows: the work, and what it found. */
type Rest = { ending: Promise<void> | null; contradiction: ContradictionError | null };

/** Tries until all has been compared: a database that is away for a moment says nothing of the log. */
async function verifyRest(ctx: HubContext, rest: Rest, left: VerifyRest, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await left();
    } catch (error) {
      if (error instanceof ContradictionError) {
        rest.contradiction = error;
        return;
      }
      if (signal.aborted) return;
      complain(ctx, error, 'the statements could not be compared with the log; they will be');
      await ctx.changes.next({ topic: 'outbox', subject: 'none' }, longestWaitMs, signal);
    }
  }
}

/** Nothing is lost by it: what could not be written is in the database, and is tried again every second. */
function sayFailed(ctx: HubContext, error: unknown): void {
  const outage = ctx.outages.errorOf(error);
  if (outage) ctx.tlog.state = `waiting: ${outage.message}`;
  else if (isDiskFull(error)) {
    ctx.outages.sayFull('log', `the disk of the log (${ctx.tlog.directory}) is full`);
    ctx.tlog.state = 'waiting: the disk of the log is full';
  } else {
    ctx.tlog.state = 'failed: see the log of the hub';
    ctx.log.error({ err: error }, 'the log could not be written');
  }
}

function refuse(ctx: HubContext, error: Error): void {
  ctx.tlog.state = `refused: ${error.message}`;
  ctx.tlog.isRefused = true;
  ctx.log.fatal(
    { err: error },
    'this hub signs no further checkpoint, because the files of another log stand where its own would be written',
  );
}
