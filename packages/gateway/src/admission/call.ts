import type { CallEncoding, CallSignal } from '@callable/protocol';
import type { Caller } from '../callers/caller.ts';
import type { Origin } from '../limits/create-origins.ts';

/** One call, whichever door it came through. */
export type Call = {
  /** `publisher/name[@version]` or a digest. */
  reference: string;
  encoding: CallEncoding;
  /** As the caller sent it; only the node reads it. */
  body: Uint8Array;
  caller: Caller;
  /** Where it came from, as limits count it, and the word that nodes hear for it. */
  origin: Origin;
  timeoutMs: number;
  /** Made by a prober, so it is not counted as usage. */
  probe: boolean;
  /** Two nodes have to give the same answer. */
  confirm: boolean;
  /** Rather no answer than one of a newcomer. */
  standingOnly: boolean;
  /** Whether another node may be sent the same, to have its answer compared. */
  copy: boolean;
  /** Ends when the caller has gone. */
  signal: CallSignal;
  /** Undefined where the caller sent none. */
  traceparent: string | undefined;
};
