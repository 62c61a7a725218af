import { damaged } from './damaged.ts';

const tab = 9;
const newline = 10;

/** Counts rows in COPY's text format, where tabs and line ends inside of values are written as `\t` and `\n`. */
export class RowCount {
  rows = 0;
  readonly #path: string;
  readonly #table: { columns: readonly string[]; rows: number };
  #fields = 1;
  #isInRow = false;

  constructor(path: string, table: { columns: readonly string[]; rows: number }) {
    this.#path = path;
    this.#table = table;
  }

  take(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      this.#isInRow = byte !== newline;
      if (byte === tab) this.#fields += 1;
      else if (byte === newline) {
        if (this.#fields !== this.#table.columns.length)
          throw this.#damaged(`row ${this.rows} has ${this.#fields} fields`);
        this.rows += 1;
        this.#fields = 1;
      }
    }
  }

  end(): void {
    if (this.#isInRow) throw this.#damaged('its last row is cut');
    if (this.rows !== this.#table.rows) throw this.#damaged(`it has ${this.rows} rows of ${this.#table.rows}`);
  }

  #damaged(why: string) {
    return damaged(`${this.#path} cannot be read, ${why}`);
  }
}
