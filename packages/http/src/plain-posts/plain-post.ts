import type { Socket } from 'node:net';
import type { PlainAnswer } from '../answers/plain-answer.ts';
import type { BodySource } from '../bodies/body-source.ts';
import type { PlainHead } from './plain-head.ts';

/** A request as this reader gives it. */
export type PlainPost = {
  head: PlainHead;
  /** Where all of it is here, the bytes. Otherwise somebody listens to it, or the connection stands still. */
  body: Buffer | BodySource;
  socket: Socket;
  /** To be called at most once. The listener hears that the answer is written, or that the connection ended before. */
  whenOver(listener: (isAnswered: boolean) => void): void;
};

/** Answers a request. It fails for nothing: a connection whose answer is an accident is cut. */
export type AnswerPost = (post: PlainPost) => Promise<PlainAnswer>;

/** Who answers a request with this head; null where it is for the library. Nothing may have been counted by then. */
export type FindAnswer = (head: PlainHead) => AnswerPost | null;
