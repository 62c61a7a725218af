import type { DayFigure, UsageFigure } from '@callable/protocol';
import type { Generated } from 'kysely';
import type { JsonText } from './json-text.ts';

/** Up to which `receipts.batched` statement files are counted. One row. */
export interface UsageCursorTable {
  id: Generated<number>;
  seq: number;
}

/** As `UsageHour` of the protocol, partitioned by day; digests and addresses as bytes, empty where there is none. */
export interface UsageHourTable {
  day: number;
  hour: number;
  release: Buffer;
  node: Buffer;
  keyless: number;
  signed: number;
  repeated: number;
  cut: number;
  failed: number;
  hidden: number;
}

/** As `UsageCaller` of the protocol, partitioned by day. */
export interface UsageCallerTable {
  day: number;
  release: Buffer;
  caller: Buffer;
  principal: Buffer;
  node: Buffer;
  gateway: Buffer;
  tag: Buffer;
  calls: number;
  relied: number;
}

/** As `UsageWanted` of the protocol. */
export interface UsageWantedTable {
  day: number;
  release: Buffer;
  gateway: Buffer;
  calls: number;
  networks: number;
}

/** As `UsageWord` of the protocol. */
export interface UsageWordTable {
  day: number;
  call_day: number;
  release: Buffer;
  caller: Buffer;
  principal: Buffer;
  node: Buffer;
  gateway: Buffer;
  tag: Buffer;
  relied: number;
  came_right: number;
  came_wrong: number;
}

/** Which statement was the first to say so of a receipt. */
export interface UsageSaidTable {
  session: Buffer;
  node: Buffer;
  number: number;
  relied_seq: number | null;
  outcome_seq: number | null;
}

/** The first day on which the log holds a call that this key signed. */
export interface UsageKeyTable {
  caller: Buffer;
  since: number;
}

/** What rows of a day figure to, of a subject (`usage/figures/subject.ts`), as of the first `counted` entries of the log. */
export interface UsageFigureTable {
  kind: number;
  subject: Buffer;
  day: number;
  sums: JsonText<DayFigure['sums']>;
  weight: number;
  claimed: number;
  evidenced: number;
  unanswered: number;
  relied: number;
  calls: number;
  voices: number;
  reliers: number;
  callers: Buffer;
  counted: number;
}

/** Whose figures of a day are to be made (again); the kept one lacks what came after the first `since` entries. */
export interface UsageTouchedTable {
  kind: number;
  subject: Buffer;
  day: number;
  since: number;
  stamp: Generated<number>;
}

/** Sums of the seven days up to one, and the mean of the three windows before; rankings go by them. */
export interface UsageWindowTable {
  kind: number;
  subject: Buffer;
  until: number;
  weight: number;
  before: number;
  claimed: number;
  evidenced: number;
  unanswered: number;
  relied: number;
  calls: number;
  /** Thousandths; null where too few called. */
  success: number | null;
  /** The whole of it where it has so many callers that nobody should wait while they are counted. */
  figure: JsonText<UsageFigure> | null;
}

/** Up to which statement figures know what the log says of nodes, releases and keys. One row. */
export interface UsageFactCursorTable {
  id: Generated<number>;
  seq: number;
}

/** What was said of a node when figures were last touched for it. */
export interface UsageNodeTable {
  node: Buffer;
  operator: string;
  joined: boolean;
  convicted: boolean;
}

/** A closed day as a file: `changed` is the stamp of the last figure made after it closed, `written` that of which the file is. */
export interface UsageDayTable {
  day: number;
  changed: Generated<number>;
  written: number | null;
  written_at: number | null;
  rows: number | null;
  /** As of which entries of the log. */
  counted: number | null;
  size: number | null;
}
