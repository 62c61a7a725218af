import type { FormatTable } from '@callable/formats';
import type { Address, NodeTrouble, PrivateKey } from '@callable/protocol';
import type { Runtime, RuntimeTable } from '@callable/runtime';
import type { Client } from '@callable/sdk';
import type { Logger } from 'pino';
import type { Demand } from './cache/demand.ts';
import type { Holds } from './cache/holds.ts';
import type { Cache } from './cache/open-cache.ts';
import type { NodeConfig } from './config.ts';
import type { KeptCalls } from './kept-calls/open-kept-calls.ts';
import type { GatewayLink } from './link/gateway-link.ts';
import type { Presence, PresenceEvent } from './presence/create-presence.ts';
import type { NodeReceipts } from './receipts/open-receipts.ts';
import type { Quarantine } from './replicas/create-quarantine.ts';
import type { ReplicaSet } from './replicas/create-replica-set.ts';
import type { Changes } from './waiting/create-changes.ts';
import type { Turns } from './waiting/create-turns.ts';

/** Everything a node consists of. Use cases take the slice they use. */
export type NodeContext = {
  config: NodeConfig;
  key: PrivateKey;
  address: Address;
  clock: () => number;
  random: (length: number) => Uint8Array;
  log: Logger;
  hub: Client;
  /** What releases may be made of here; one in another format is UnsupportedFormat. */
  formats: FormatTable;
  runtime: Runtime;
  /** Runs what settles disputes, for ONNX the pinned wasm build. */
  adjudicator: Runtime;
  cache: Cache;
  demand: Demand;
  holds: Holds;
  replicas: ReplicaSet;
  slots: Turns;
  quarantine: Quarantine;
  receipts: NodeReceipts;
  /** The calls of the last minutes, to be shown when one is audited. */
  keptCalls: KeptCalls;
  /** Where other nodes get chunks from this one; null when they cannot. */
  peerUrl: string | null;
  /** Whether hub and gateways answer. */
  presence: Presence;
  /** By place, what takes less than this node holds, and why. */
  troubles: Map<string, NodeTrouble>;
  /** Fires when what this node announces has changed. */
  changes: Changes;
  /** The links to gateways that are open. */
  links: Set<GatewayLink>;
  /** Calls taken and not answered yet, also those that wait for their turn. */
  underWay: { calls: number };
  state: {
    draining: boolean;
    /** Whether another process with this key has taken its place. */
    replaced: boolean;
  };
  /** Aborts when the node ends. */
  lifetime: AbortSignal;
};

export type NodeOverrides = Partial<
  Pick<NodeContext, 'clock' | 'random' | 'log' | 'hub' | 'formats' | 'runtime' | 'adjudicator'>
> & {
  /** Runtimes the formats may name; default the table of `@callable/runtime`. */
  runtimes?: RuntimeTable;
  /** Hears that the hub or a gateway is away, and that it is back; each attempt is logged unless given. */
  onPresence?: (event: PresenceEvent) => void;
};
