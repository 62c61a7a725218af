import type { Socket } from 'node:net';
import type { PlainAnswer } from '../answers/plain-answer.ts';
import { PlainBody } from './plain-body.ts';
import type { PlainHead } from './plain-head.ts';
import type { AnswerPost, FindAnswer } from './plain-post.ts';
import { readPlainHead } from './read-plain-head.ts';
import { writePlainAnswer } from './write-plain-answer.ts';

/** What was sent ahead of an answer; above it the connection is not read. */
const mostAhead = 64 * 1024;
/** A head in more pieces than this comes from a sender the library should watch. */
const mostPieces = 4;
/**
 * Looks, a second each, before a connection goes to the library: with a head that is not whole, and that never said a word; and
 * before it is cut with the rest of a body that nobody wanted.
 */
const patience = { head: 2, silence: 10, rest: 10 };

/** What a connection needs of its server. */
export type Reading = {
  find: FindAnswer;
  isTaking: () => boolean;
  keepAliveMs: () => number;
  /** Takes the connection as it is: its bytes are before those that follow. */
  giveAway(socket: Socket): void;
  /** It ended in the midst of a request. */
  brokeOff(socket: Socket): void;
  ended(connection: PlainConnection): void;
};

/** A request being answered. */
type OpenPost = { body: Buffer | PlainBody; listener: (isAnswered: boolean) => void; isWritten: boolean };

/** One connection as long as everything on it is plain. Its requests are answered one after the other. */
export class PlainConnection {
  readonly socket: Socket;
  readonly #reading: Reading;
  #ahead: Buffer | null = null;
  #pieces = 0;
  #post: OpenPost | null = null;
  #answered = 0;
  #looks = 0;

  constructor(socket: Socket, reading: Reading) {
    this.socket = socket;
    this.#reading = reading;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', ignore).on('close', this.#onClose);
  }

  /** A request that has arrived whole, or one that has not; null between two. */
  get request(): { complete: boolean } | null {
    const body = this.#post?.body;
    if (body) return { complete: !(body instanceof PlainBody) || body.left === 0 };
    return this.#ahead ? { complete: false } : null;
  }

  /** Ends it if it has answered and nothing is under way: what closeIdleConnections means by idle. */
  endIfIdle(): void {
    if (this.#answered > 0 && !this.#post && !this.#ahead) this.socket.destroy();
  }

  end(): void {
    this.socket.destroy();
  }

  /** Called once a second. */
  look(): void {
    this.#looks++;
    if (this.#post) {
      // attack: who has the refusal and never sends the body it was for held a connection for ever.
      if (this.#post.isWritten && this.#looks > patience.rest) this.socket.destroy();
      return;
    }
    const keepAliveMs = this.#reading.keepAliveMs();
    const isIdle = this.#answered > 0 && !this.#ahead;
    if (isIdle && keepAliveMs > 0 && this.#looks * 1000 > keepAliveMs) this.socket.destroy();
    else if (!isIdle && this.#looks > (this.#ahead ? patience.head : patience.silence)) this.#giveAway();
  }

  /** The server takes no more: a request that has begun is for the library. */
  stop(): void {
    if (this.#ahead && !this.#post) this.#giveAway();
  }

  #onData = (bytes: Buffer): void => {
    const body = this.#post?.body;
    const taken = body instanceof PlainBody && body.left > 0 ? body.take(bytes) : 0;
    if (taken === bytes.length) return;
    const rest = taken === 0 ? bytes : bytes.subarray(taken);
    this.#ahead = this.#ahead ? Buffer.concat([this.#ahead, rest]) : rest;
    if (!this.#post) this.#read();
    else if (this.#ahead.length > mostAhead) this.socket.pause();
  };

  #read(): void {
    if (!this.#ahead) return;
    const head = this.#reading.isTaking() ? readPlainHead(this.#ahead) : 'unusual';
    if (head === 'partial' && ++this.#pieces < mostPieces) return;
    const answer = typeof head === 'string' ? null : this.#reading.find(head);
    if (typeof head === 'string' || !answer) this.#giveAway();
    else this.#begin(head, answer);
  }

  #begin(head: PlainHead, answer: AnswerPost): void {
    const bytes = this.#ahead ?? Buffer.alloc(0);
    const size = Math.min(bytes.length, head.size + head.length);
    const isWhole = size === head.size + head.length;
    this.#ahead = size < bytes.length ? bytes.subarray(size) : null;
    this.#pieces = 0;
    const here = bytes.subarray(head.size, size);
    const body = isWhole ? here : new PlainBody(head.length, this.socket);
    const post: OpenPost = { body, listener: ignore, isWritten: false };
    this.#post = post;
    const whenOver = (listener: OpenPost['listener']) => {
      post.listener = listener;
    };
    answer({ head, body, socket: this.socket, whenOver }).then(
      (said) => this.#write(post, said),
      () => this.socket.destroy(),
    );
    if (body instanceof PlainBody && here.length > 0) body.take(here);
  }

  #write(post: OpenPost, answer: PlainAnswer): void {
    if (this.#post !== post || !this.socket.writable) return;
    // Nobody wanted the body: what of it still comes is dropped.
    if (post.body instanceof PlainBody && post.body.listenerCount('data') === 0) post.body.resume();
    try {
      writePlainAnswer(this.socket, answer, this.#reading.keepAliveMs(), () => {
        // What a connection that was reset still had to send, Node calls written.
        if (this.socket.destroyed) return;
        post.isWritten = true;
        this.#looks = 0;
        post.listener(true);
        this.#next();
      });
    } catch {
      this.socket.destroy();
    }
    if (post.body instanceof PlainBody && !post.body.closed) post.body.once('close', () => this.#next());
  }

  /** Once the answer is written and the body has come, also one that was refused. */
  #next(): void {
    const post = this.#post;
    if (!post?.isWritten || (post.body instanceof PlainBody && post.body.left > 0)) return;
    this.#post = null;
    this.#answered++;
    this.#looks = 0;
    this.socket.resume();
    this.#read();
  }

  #onEnd = (): void => {
    // As node:http: who ends its half of the connection has left, and hears no answer.
    if (this.request?.complete === false) this.#reading.brokeOff(this.socket);
    else this.socket.end();
  };

  #onClose = (): void => {
    const post = this.#post;
    this.#post = null;
    this.#reading.ended(this);
    if (!post) return;
    if (post.body instanceof PlainBody) post.body.end();
    if (!post.isWritten) post.listener(false);
  };

  #giveAway(): void {
    const socket = this.socket;
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', ignore).off('close', this.#onClose);
    this.#reading.ended(this);
    // Paused, so that what is put back comes first, and to the listener that the library adds.
    socket.pause();
    if (this.#ahead) socket.unshift(this.#ahead);
    this.#ahead = null;
    this.#reading.giveAway(socket);
    socket.resume();
  }
}

const ignore = (): void => {};
