/** A stream of a terminal or a pipe, as far as a command knows it. */
export type Output = {
  write(text: string): void;
  /** Whether a person looks at it: only then colours and lines that redraw themselves are used. */
  readonly isTerminal: boolean;
  readonly colours: boolean;
  /** Whether the characters of which plots are made can be shown. */
  readonly blocks: boolean;
  /** Width of the terminal in characters. */
  readonly columns: () => number;
  /** Its height in lines. */
  readonly rows: () => number;
};

/** Everything a command gets from outside itself. */
export type CliContext = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: () => number;
  readonly random: (length: number) => Uint8Array;
  readonly fetch: typeof fetch;
  /** Results. With --json exactly one JSON document. */
  readonly out: Output;
  /** Progress, notices and, without --json, errors. */
  readonly err: Output;
  readonly readInput: () => Promise<Uint8Array>;
  /** Aborts on the first Ctrl-C; whoever works winds up and leaves nothing behind. */
  readonly signal: AbortSignal;
};
