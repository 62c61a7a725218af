import { EventEmitter } from 'node:events';

export type Change = { topic: 'release' | 'job' | 'outbox'; subject: string };

/**
 * Hints inside this process that something has changed. A hint may be lost or doubled: whoever waits for one also
 * looks for itself from time to time.
 */
export class ChangeFeed {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  emit(change: Change): void {
    this.#emitter.emit(`${change.topic} ${change.subject}`);
  }

  /** Calls back on every change until the returned function is called. */
  subscribe(change: Change, listener: () => void): () => void {
    const name = `${change.topic} ${change.subject}`;
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }

  /** Resolves at the next change, after `timeoutMs`, or when the signal aborts; it never rejects. */
  next(change: Change, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      const unsubscribe = this.subscribe(change, finish);
      signal?.addEventListener('abort', finish, { once: true });
      if (signal?.aborted) finish();
    });
  }
}
