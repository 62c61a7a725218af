import type { Statement } from './statement.ts';

/** A statement with the hub's time of logging it: the order and the clock of the fold. */
export type LoggedStatement = { statement: Statement; loggedAt: number };
