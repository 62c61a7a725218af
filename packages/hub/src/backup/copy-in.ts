import { once } from 'node:events';
import type pg from 'pg';
import { type CopyConnection, countOf } from './copy-connection.ts';

/**
 * Sends rows in the text format into `copy … from stdin`; returns how many the server took. Throws what the source threw,
 * or what the server refused; then its transaction has failed.
 */
export function copyIn(client: pg.Client, statement: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(statement, source, resolve, reject));
  });
}

class CopyIn implements pg.Submittable {
  readonly #statement: string;
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  #rows = Number.NaN;
  #isRefused = false;
  #cause: unknown = null;

  constructor(
    statement: string,
    source: AsyncIterable<Uint8Array>,
    resolve: (rows: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#statement = statement;
    this.#source = source;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#statement);
  }

  async handleCopyInResponse(connection: CopyConnection): Promise<void> {
    try {
      for await (const piece of this.#source) {
        if (this.#isRefused) return;
        connection.sendCopyFromChunk(piece);
        // The server may refuse, or die, while it is waited for.
        if (connection.stream.writableNeedDrain) await Promise.race([once(connection.stream, 'drain'), this.#refusal]);
      }
      if (!this.#isRefused) connection.endCopyFrom();
    } catch (error) {
      this.#cause = error;
      if (!this.#isRefused) connection.sendCopyFail('the source ended early');
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rows = countOf(text);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }

  handleError(error: unknown): void {
    this.#isRefused = true;
    this.#refuse();
    this.#reject(this.#cause ?? error);
  }

  #refuse: () => void = () => undefined;
  readonly #refusal = new Promise<void>((resolve) => {
    this.#refuse = resolve;
  });
}
