import type { BodySource } from '@callable/http';
import type { ArrivedCall } from '../admission/arrived-call.ts';

/** A request for a call before its body is read, whoever reads it. */
export type CallRequest = Omit<ArrivedCall, 'body'> & {
  /** As it arrives, or where all of it is here the bytes. */
  body: BodySource | Buffer;
  /** Its id, as problem documents say it. */
  id: () => string;
  /** Hears that the answer is written, or that nobody waits for it any more. */
  whenOver(listener: () => void): void;
};

/** Adds a header to the answer, whatever the answer will be. */
export type TellHeader = (name: string, value: string) => void;
