import type pg from 'pg';

/** The connection of `pg` as it really is: its types leave COPY out. */
export type CopyConnection = pg.Connection & {
  sendCopyFromChunk(bytes: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(why: string): void;
};

/** The count in `COPY 12`. */
export const countOf = (commandTag: string): number => Number(/^COPY (\d+)$/.exec(commandTag)?.[1] ?? Number.NaN);
