import type pg from 'pg';
import { type CopyConnection, countOf } from './copy-connection.ts';

/** Bytes that wait for a slow reader before the server is made to wait. */
const mostWaiting = 1 << 20;
const pieceBytes = 1 << 18;

/**
 * The rows of `copy … to stdout` in the text format, in pieces that end where a row ends; returns how many rows there were.
 * Whoever stops reading before the end loses the connection: the server would go on sending.
 */
export async function* copyOut(client: pg.Client, statement: string): AsyncGenerator<Buffer, number> {
  const copy = client.query(new CopyOut(statement));
  try {
    for (;;) {
      const piece = await copy.next();
      if (!piece) return copy.rows;
      yield piece;
    }
  } finally {
    copy.leave();
  }
}

/** One message a row: they are gathered, since a write for each row is what COPY would then cost. */
class CopyOut implements pg.Submittable {
  rows = Number.NaN;
  readonly #statement: string;
  #connection: CopyConnection | null = null;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isOver = false;
  #failure: unknown = null;
  #wake: () => void = () => undefined;

  constructor(statement: string) {
    this.#statement = statement;
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection as CopyConnection;
    connection.query(this.#statement);
  }

  async next(): Promise<Buffer | null> {
    while (this.#waiting.length === 0 && !this.#isOver && this.#failure === null)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#failure !== null) throw this.#failure;
    const piece = this.#waiting.shift() ?? null;
    this.#waitingBytes -= piece?.length ?? 0;
    if (this.#waitingBytes < mostWaiting) this.#connection?.stream.resume();
    return piece;
  }

  leave(): void {
    if (!this.#isOver && this.#failure === null) this.#connection?.stream.destroy();
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    // A view of what the connection reads into next.
    this.#gathered.push(Buffer.from(chunk));
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes >= pieceBytes) this.#pass();
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.rows = countOf(text);
    this.#pass();
  }

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.#wake();
  }

  handleError(error: unknown): void {
    this.#failure = error;
    this.#wake();
  }

  #pass(): void {
    if (this.#gatheredBytes === 0) return;
    this.#waiting.push(Buffer.concat(this.#gathered));
    this.#waitingBytes += this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#waitingBytes >= mostWaiting) this.#connection?.stream.pause();
    this.#wake();
  }
}
