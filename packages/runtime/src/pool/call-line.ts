import type { RunVerdict } from '../runtime.ts';
import type { PieceDelivery } from './deliver-pieces.ts';
import type { QueuedCall } from './queued-call.ts';

/** `pieces` is null where the answer comes whole. */
export type SentCall = { number: number; queued: QueuedCall; pieces: PieceDelivery | null };

/** The calls of one model in the order they came: first those its process was sent, of which the first is running. */
export type CallLine = {
  readonly sent: readonly SentCall[];
  add(call: QueuedCall): void;
  /** The next to be sent that somebody still waits for. */
  next(): QueuedCall | undefined;
  /** The next is sent. */
  send(call: SentCall): void;
  /** The one that was running is over. */
  shift(): SentCall | undefined;
  /** What was sent waits again, before all others: its process is gone. */
  takeBack(): void;
  /** Puts one before all others. */
  putFirst(call: QueuedCall): void;
  settleAll(verdict: RunVerdict): void;
};

export function createCallLine(): CallLine {
  let waiting: QueuedCall[] = [];
  let sent: SentCall[] = [];
  return {
    get sent() {
      return sent;
    },
    add: (call) => void waiting.push(call),
    next() {
      while (waiting[0]?.settled) waiting.shift();
      return waiting[0];
    },
    send(call) {
      waiting.shift();
      sent.push(call);
    },
    shift: () => sent.shift(),
    takeBack() {
      waiting = [...sent.map(({ queued }) => queued), ...waiting];
      sent = [];
    },
    putFirst: (call) => void waiting.unshift(call),
    settleAll(verdict) {
      const all = [...sent.map(({ queued }) => queued), ...waiting];
      [sent, waiting] = [[], []];
      for (const call of all) call.settle(verdict);
    },
  };
}
