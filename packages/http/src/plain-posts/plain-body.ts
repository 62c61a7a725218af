import { EventEmitter } from 'node:events';
import type { BodySource } from '../bodies/body-source.ts';

/** The connection that a body comes on. */
type Sender = { pause(): unknown; resume(): unknown; destroy(): unknown };

/** A body of which a part is still on its way. Nothing more is read from its connection until somebody listens. */
export class PlainBody extends EventEmitter implements BodySource {
  closed = false;
  #left: number;
  #waiting: Buffer[] = [];
  readonly #sender: Sender;

  constructor(length: number, sender: Sender) {
    super();
    this.#left = length;
    this.#sender = sender;
    this.on(
      'newListener',
      (event) => event === 'data' && this.#waiting.length > 0 && process.nextTick(() => this.#flow()),
    );
  }

  /** Bytes that have not arrived. */
  get left(): number {
    return this.#left;
  }

  /** Takes what arrived, up to the end of this body, and says how much that was. */
  take(bytes: Buffer): number {
    const piece = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= piece.length;
    if (piece.length > 0) this.#waiting.push(piece);
    if (this.#isHeard) this.#flow();
    else this.#sender.pause();
    return piece.length;
  }

  /** No more comes: the connection has ended. */
  end(): void {
    this.#close();
  }

  resume(): this {
    return this.on('data', () => undefined);
  }

  destroy(): void {
    this.#sender.destroy();
  }

  get #isHeard(): boolean {
    return this.listenerCount('data') > 0;
  }

  #flow(): void {
    this.#sender.resume();
    for (let piece = this.#waiting.shift(); piece; piece = this.#waiting.shift()) this.emit('data', piece);
    if (this.#left > 0 || this.closed) return;
    this.emit('end');
    this.#close();
  }

  #close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('close');
  }
}
