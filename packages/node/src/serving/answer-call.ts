import {
  CallableError,
  type CallSignal,
  findReason,
  type LinkCallHead,
  type LinkRefusal,
  type NodeAnswer,
  type OnPiece,
  toHex,
} from '@callable/protocol';
import type { Replica } from '../replicas/replica.ts';
import { type CollectedPieces, collectPieces } from './collect-pieces.ts';
import { findReplica } from './find-replica.ts';
import { openDeadline } from './open-deadline.ts';
import { type RunOutcome, runInTurn } from './run-in-turn.ts';
import type { ServingContext } from './serving-context.ts';
import { writeReceipt } from './write-receipt.ts';

/** Far above any real input; the gateway's own limit is lower. Bytes. */
const largestBody = 256 * 1024 * 1024;

/**
 * Answers one call: with the outputs and what its receipt says, or with a reason and whether the model may have begun. Pieces
 * go out as the model gives them, where the caller takes them; the receipt then stands over all of them.
 * Never throws: whatever goes wrong here is told to the gateway and costs only this call.
 */
export async function answerCall(
  context: ServingContext,
  head: LinkCallHead,
  body: Uint8Array,
  signal: CallSignal,
  onPiece?: OnPiece,
): Promise<NodeAnswer> {
  const pieces = collectPieces(onPiece);
  const call = { head, body, onPiece: pieces.onPiece, started: false };
  const deadline = openDeadline(head, signal);
  try {
    refuseEarly(context, body);
    for (;;) {
      const found = findReplica(context, head.release, deadline.signal);
      const replica = found instanceof Promise ? await found : found;
      const outcome = await runInTurn(context, replica, call, deadline);
      // The model was unloaded while this call still waited for its turn: it is looked up, or loaded, again.
      if (outcome === 'gone') continue;
      return await answerOf(context, replica, { head, body, pieces }, outcome);
    }
  } catch (error) {
    return { head: refusalOf(context, error, call.started, deadline.signal), body: nothing };
  } finally {
    deadline[Symbol.dispose]();
  }
}

const nothing = new Uint8Array();

function refuseEarly({ state }: ServingContext, body: Uint8Array) {
  if (state.draining) throw new CallableError('NodeUnavailable', 'This node is stopping.');
  if (body.length > largestBody)
    throw new CallableError('BodyTooLarge', `The body has ${body.length} bytes, this node takes ${largestBody}.`);
}

async function answerOf(
  context: ServingContext,
  replica: Replica,
  { head, body: inputs, pieces }: { head: LinkCallHead; body: Uint8Array; pieces: CollectedPieces },
  outcome: Exclude<RunOutcome, 'gone'>,
): Promise<NodeAnswer> {
  if (outcome.ok) {
    const { body, id, runMs } = outcome;
    const salt = toHex(outcome.salt);
    const outputs = pieces.whole(body);
    const facts = writeReceipt(context, replica, head, outcome, outputs);
    const { release, encoding } = head;
    const kept = { release, encoding, salt, at: outcome.finishedAt, inputs, outputs };
    return {
      head: { ok: true, facts, salt, runMs, ...(id === undefined ? {} : { id }) },
      body,
      onReceipt: (receipt) => context.keptCalls.keep({ receipt, ...kept }),
    };
  }
  if (outcome.kind === 'input') {
    const { problem } = outcome;
    const code = problem.code === 'InvalidJson' || problem.code === 'InvalidText' ? 'InvalidJson' : 'InvalidInput';
    return { head: refuse(code, problem.message, false, [{ ...problem }]), body: nothing };
  }
  return { head: refuse(codeOfModelFailure[outcome.reason], outcome.message, true), body: nothing };
}

const codeOfModelFailure = {
  RunFailed: 'CallFailed',
  TimedOut: 'CallTimedOut',
  OutOfMemory: 'OutOfMemory',
  RunnerDied: 'CallCrashed',
} as const;

function refusalOf({ log }: ServingContext, error: unknown, started: boolean, deadline: CallSignal): LinkRefusal {
  if (error instanceof CallableError) return refuse(error.code, error.message, started);
  if (deadline.aborted) return refuse('CallTimedOut', 'The call was not answered before its deadline.', started);
  // The accident goes to the operator; a stranger gets no detail of this machine.
  log.error({ err: error }, 'a call failed inside the node');
  return refuse('Internal', 'Something failed inside the node.', started);
}

function refuse(code: string, message: string, started: boolean, errors?: Record<string, unknown>[]): LinkRefusal {
  const known = findReason(code) ? code : 'CallFailed';
  return { ok: false, code: known, message: message.slice(0, 2000), started, ...(errors ? { errors } : {}) };
}
