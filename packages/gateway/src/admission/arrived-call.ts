import type { CallSignal } from '@callable/protocol';

/** One request as it arrived; `path` with its query, exactly as sent, because that is what was signed. */
export type ArrivedRequest = {
  method: string;
  path: string;
  /** Names in lower case. A door without headers gives what stands for them, such as metadata. */
  headers: Record<string, string | string[] | undefined>;
  body: Uint8Array;
  /** sha256 of the body, of a door that hashed it as it arrived. */
  bodyHash?: Uint8Array;
  /** When the headers had arrived, by the clock of the gateway: a signature is judged by it, however slow the body. */
  arrivedAt: number;
};

/** What a door knows of a call, whatever it speaks. */
export type ArrivedCall = ArrivedRequest & {
  /** The address the caller comes from: who has no key is counted by it. */
  remote: string;
  /** Ends, with `CallerLeft`, when the caller has gone: an AbortSignal, or an `Ending`. */
  signal: CallSignal;
};
