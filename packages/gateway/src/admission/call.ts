import type { Address, CallEncoding } from '@callable/protocol';

/** Who calls, and the hash and nonce the receipt must name. */
export type Caller = { address: Address; request: string; nonce: string };

/** One call, whichever door it came through. */
export type Call = {
  /** `publisher/name[@version]` or a digest. */
  reference: string;
  encoding: CallEncoding;
  /** As the caller sent it; only the node reads it. */
  body: Uint8Array;
  caller: Caller;
  /** Where it came from, as limits count it, and the word that nodes hear for it. */
  network: string;
  origin: string;
  timeoutMs: number;
  /** Made by a prober, so it is not counted as usage. */
  probe: boolean;
  /** Two nodes have to give the same answer. */
  confirm: boolean;
  /** Rather no answer than one of a newcomer. */
  standingOnly: boolean;
  /** Whether another node may be sent the same, to have its answer compared. */
  copy: boolean;
  /** Aborts when the caller has gone. */
  signal: AbortSignal;
  traceparent?: string;
};
