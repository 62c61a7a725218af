import type { Generated } from 'kysely';

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
