import type {
  Address,
  Alias,
  Delegation,
  Digest,
  HoldingState,
  Label,
  Manifest,
  NodeState,
  NodeStatus,
  ReleaseState,
  SessionHistory,
  SignedReceipt,
  Statement,
} from '@callable/protocol';
import type { WalrusEntry } from '@callable/storage';
import type { Generated } from 'kysely';
import type { AuditTable } from './audit-table.ts';
import type {
  ReceiptGapTable,
  ReceiptRunTable,
  ReceiptSessionTable,
  ReleaseCallerTable,
  SegmentTable,
  UncountedCallTable,
} from './calls-tables.ts';
import type { EventCursorTable, EventTable, ReleaseWatchTable } from './events-tables.ts';
import type { JsonText } from './json-text.ts';
import type {
  UsageCallerTable,
  UsageCursorTable,
  UsageDayTable,
  UsageFactCursorTable,
  UsageFigureTable,
  UsageHourTable,
  UsageKeyTable,
  UsageNodeTable,
  UsageSaidTable,
  UsageTouchedTable,
  UsageWantedTable,
  UsageWindowTable,
  UsageWordTable,
} from './usage-tables.ts';
import type { WebhookPaceTable, WebhookTable } from './webhook-table.ts';

/** Times are milliseconds since 1970; JSON is kept as text, because jsonb cannot hold every string JSON can. */
export interface Schema {
  statement: StatementTable;
  /** By origin, the last head decided for a log. */
  log_head: { origin: string; size: number; root: string; note: string };
  /** One row when this hub has signed a later head of that log than it holds: then nothing is logged. */
  log_rollback: { origin: string; why: string; since: number };
  handle: { handle: string; owner: Address; statement_seq: number };
  release: ReleaseTable;
  /** Which releases name a file. */
  release_file: { sha256: string; release: Digest };
  release_state: ReleaseStateTable;
  release_stage: ReleaseStageTable;
  upload: UploadTable;
  upload_file: { upload: string; sha256: string; size: number; chunks: JsonText<readonly string[]>; stored: boolean };
  upload_chunk: { upload: string; file: string; index: number; arrived_at: Generated<number> };
  /** Chunks of which pieces are on the disk. */
  upload_piece: { upload: string; file: string; index: number };
  /** Where the bytes of a chunk can be copied from: they are never asked for twice. */
  stored_chunk: { sha256: string; file: string; index: number; size: number };
  job: JobTable;
  job_lane: JobLaneTable;
  job_turn: JobTurnTable;
  /** How much a release is called: `calls` as of `counted_at`, each weighing half after a day. */
  demand: { release: Digest; calls: number; counted_at: number; called_at: number };
  node: NodeTable;
  /** What nodes hold, by what they said last. */
  node_holding: { node: Address; release: Digest; state: HoldingState; reason: string | null };
  audit: AuditTable;
  /** How many recomputations the words of newcomers of a network have cost the seeds on a day (days since 1970). */
  recomputation_cost: { network: string; day: number; count: number };
  /** One row: the size of the log up to which audits have been drawn. */
  audit_cursor: { id: number; size: number };
  /** Receipts of version 1 and 2, one a row; nobody issues them any more. */
  receipt: ReceiptTable & BatchPlace;
  segment: SegmentTable;
  receipt_run: ReceiptRunTable;
  receipt_session: ReceiptSessionTable;
  receipt_gap: ReceiptGapTable;
  uncounted_call: UncountedCallTable;
  release_caller: ReleaseCallerTable;
  usage_cursor: UsageCursorTable;
  usage_hour: UsageHourTable;
  usage_caller: UsageCallerTable;
  usage_key: UsageKeyTable;
  usage_wanted: UsageWantedTable;
  usage_word: UsageWordTable;
  usage_said: UsageSaidTable;
  /** Keys of the hub's own calls. `revealed`: a statement of the log shows them, and everybody knows. */
  probe_caller: { address: Address; created_at: number; revealed: Generated<boolean> };
  /** Days (since 1970) with the secret their keys are made of, and how many were. */
  probe_day: { day: number; secret: string; used: number };
  /** Days whose keys are revealed, by which statement. */
  probe_reveal: { day: number; seq: number };
  usage_figure: UsageFigureTable;
  usage_touched: UsageTouchedTable;
  usage_window: UsageWindowTable;
  usage_fact_cursor: UsageFactCursorTable;
  usage_node: UsageNodeTable;
  usage_day: UsageDayTable;
  walrus_part: WalrusPartTable;
  walrus_object: WalrusObjectTable;
  walrus_file: WalrusFileTable;
  /** A release whose files could not be kept on Walrus at the last attempt. */
  walrus_trouble: { release: Digest; attempts: number; since: number; alarm: boolean };
  release_blob: { blob_id: string; release: Digest };
  node_state: NodeStateTable;
  /** What a principal has delegated, as its statements fold. */
  delegation: { principal: Address; content: JsonText<readonly Delegation[]> };
  /** By `publisher/name`. */
  alias: { subject: string; content: JsonText<Alias> };
  /** What somebody says in one word of a subject. */
  label: {
    subject: string;
    label: string;
    signer: Address;
    expires_at: number | null;
    since: number;
    content: JsonText<Label>;
  };
  /** In the state of which releases a node may appear: it was drawn, probed or called for them. */
  release_seat: { node: Address; release: Digest };
  /** One row: by which version of the reducer the kept states were folded, and the policy the log last named. */
  log_fold: { id: number; version: number; policy: JsonText<unknown> | null; epoch_since: Generated<number> };
  statement_pace: StatementPaceTable;
  nonce: { signer: Address; nonce: string; kept_until: number };
  webhook: WebhookTable;
  webhook_pace: WebhookPaceTable;
  event: EventTable;
  release_watch: ReleaseWatchTable;
  event_cursor: EventCursorTable;
  outbox: { id: Generated<number>; topic: string; subject: string; xid: Generated<string> };
}

/** What networks said within a day; nothing older. */
export interface StatementPaceTable {
  seq: number;
  network: string;
  kind: string;
  logged_at: number;
}

/** Append-only: every fact anybody established, in the order the hub logged it, without gaps. */
export interface StatementTable {
  seq: number;
  id: Digest;
  kind: string;
  subject: string;
  signer: Address;
  issued_at: number;
  logged_at: number;
  content: JsonText<Statement>;
}

export interface UploadTable {
  id: string;
  owner: Address;
  bytes: number;
  created_at: number;
  expires_at: number;
  /** The network of the party that last announced it, see `networkKinds` of the protocol. */
  network: string;
  /** Since when its chunks arrive without a break, and when one last did; 0 before the first. */
  moving_since: Generated<number>;
  moved_at: Generated<number>;
}

export interface ReleaseTable {
  digest: Digest;
  publisher: Address;
  name: string;
  version: string;
  manifest: JsonText<Manifest>;
  bytes: number;
  published_at: number;
  /** The network of the party that sent it, see `networkKinds`; null, of earlier versions, is the unknown one. */
  network: string | null;
  /** Title, summary, tags and name in lower case, for searching. */
  search: string;
}

/** The fold of a release's statements so far. A cache: it can be computed again from the statements. */
export interface ReleaseStateTable {
  digest: Digest;
  state: JsonText<ReleaseState>;
  statement_seq: number;
  /** The release is callable before this time if nothing else happens; 0 when it is not callable. */
  callable_until: number;
  yanked: boolean;
  /** Hidden from lists by this hub. */
  unlisted: boolean;
  /** Its bytes are not handed out by this hub. */
  withheld: boolean;
}

/** Written with the state: how long after its upload each stage was first reached, and until when it stands there; 0 where it does not. */
export interface ReleaseStageTable {
  digest: Digest;
  uploaded_at: number;
  stored_ms: number | null;
  verified_ms: number | null;
  reachable_ms: number | null;
  worked_ms: number | null;
  independent_ms: number | null;
  stored_until: number;
  verified_until: number;
  reachable_until: number;
  worked_until: number;
  /** Neither withdrawn nor hidden here. */
  listed: boolean;
}

/** The fold of the statements about a node, a cache too; `operator` and `convicted` are in it and stand out for queries. */
export interface NodeStateTable {
  node: Address;
  operator: Address;
  convicted: boolean;
  state: JsonText<NodeState>;
  /** How many wrong answers it holds. */
  wrong: number;
  statement_seq: number;
}

export type JobStep =
  | 'store'
  | 'draw'
  | 'validate'
  | 'probe'
  | 'warm'
  | 'identify'
  | 'keep'
  | 'disclose'
  | 'audit'
  | 'recompute'
  | 'deliver';

export interface JobTable {
  id: string;
  release: Digest;
  step: JobStep;
  /** The node that must do it; for the hub's own work the queue it stands in, usually the empty one. */
  assignee: string;
  state: 'ready' | 'leased' | 'done' | 'dead';
  attempts: number;
  run_at: number;
  lease_until: number | null;
  token: string | null;
  created_at: number;
  last_error: string | null;
  /** Its place among those that are due, see jobs/place-jobs.ts; null until it has one. */
  turn: number | null;
  /** Its place among those of the same party. */
  key_turn: number | null;
  /** Whether the release has been through its path before. */
  recheck: boolean | null;
  /** How long its key has been of use, 0 to 3, see jobs/select-seniority.ts. */
  seniority: Generated<number>;
  /** Who shares turns: the network its publisher published from, and the seniority of its key. */
  party: string | null;
  publisher: string | null;
  /** How much the model was called when it got its place. */
  calls: number | null;
  leased_at: number | null;
  /** How long the present lease has worked, when what follows is only waiting. */
  worked_ms: number | null;
  /** How long it took the last time it was done, and when that was. */
  last_ms: number | null;
  settled_at: number | null;
  /** Of a probe: whether it was ever answered right. */
  answered: Generated<boolean>;
}

/** How far a queue has got; the turns of first checks and of rechecks are counted apart. */
export interface JobLaneTable {
  assignee: string;
  first_turn: number;
  recheck_turn: number;
  /** First checks since the last recheck. */
  firsts: number;
  /** No recheck before this time. */
  recheck_at: number;
}

/** The next turn of a party in a queue, with an empty publisher, or of a publisher within its party. */
export interface JobTurnTable {
  assignee: string;
  recheck: boolean;
  party: string;
  publisher: string;
  next: number;
  /** Of a party: how far the turns of its publishers have got. */
  reached: number;
}

export interface NodeTable {
  address: Address;
  software: string;
  memory_bytes: number;
  slots: number;
  joined_at: number;
  last_seen_at: number | null;
  announcement: JsonText<NodeStatus> | null;
  /** The network of the party it last asked for work from; null, of earlier versions or before that, is the unknown one. */
  network: string | null;
  /** The address it asked from, of IPv6 the /64: the keys of one take turns within their network. */
  sender: string | null;
  /** Null until it has said one: nodes of before never do. */
  sessions: JsonText<SessionHistory> | null;
  /** Up to where it has told in which session what it holds, how many rows of it are kept, and how many found no room. */
  holdings_session: string | null;
  holdings_told: Generated<number>;
  holdings: Generated<number>;
  holdings_left: Generated<number>;
}

export interface ReceiptTable {
  id: string;
  release: Digest;
  node: Address | null;
  caller: Address;
  at: number;
  outcome: 'good' | 'failed';
  /** The signed receipt; null for a call that failed without one. */
  content: JsonText<SignedReceipt> | null;
  /** Its `seq`: no node has two of one number in one session. */
  number: number | null;
  /** Of a receipt of version 2; empty for version 1, whose numbers count per node. */
  session: string;
  counted: boolean;
}

/** The seq of the receipts.batched statement that covers a receipt, and its place in that batch. */
export interface BatchPlace {
  batch: Generated<number | null>;
  batch_index: Generated<number | null>;
}

/** A piece of a file that is a Walrus blob; a fact about bytes, whether they are still here or not. */
export interface WalrusPartTable {
  sha256: string;
  offset: number;
  size: number;
  blob_id: string;
}

/** A file this hub keeps on Walrus: a WalrusEntry. */
export interface WalrusFileTable {
  sha256: string;
  size: number;
  chunks: JsonText<WalrusEntry['chunks']>;
  parts: JsonText<WalrusEntry['parts']>;
  /** The first epoch in which a part is no longer kept; null when that is not known of one. */
  end_epoch: number | null;
}

/** What somebody had stored by the Walrus API, and until when. */
export interface WalrusObjectTable {
  id: string;
  blob_id: string;
  sha256: string;
  size: number;
  /** The network address it came from. */
  sender: string;
  deletable: boolean;
  registered_epoch: number;
  /** The first epoch in which it is no longer kept. */
  end_epoch: number;
}
