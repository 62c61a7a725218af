import { join, resolve } from 'node:path';
import { openDataDirectory } from '@callable/disk';
import type { GatewayConfig } from '@callable/gateway';
import type { TrustedProxies } from '@callable/http';
import type { OutageEvent } from '@callable/hub';
import { defaultHubConfig, type HubConfig, loadKey } from '@callable/hub/config';
import type { NodeOverrides } from '@callable/node';
import { type Address, addressOf } from '@callable/protocol';
import { type Logger, pino } from 'pino';
import { Closer } from './closer.ts';
import type { HubEvent, HubOrders } from './hub/hub-words.ts';
import { keepHub } from './hub/keep-hub.ts';
import { openHubDoor } from './hub/open-hub-door.ts';
import { openSocketPlace } from './hub/open-socket-place.ts';
import { loadNodeKeys } from './nodes/load-node-keys.ts';
import type { NodeEvent, OwnNode } from './nodes/own-node.ts';

import { openFrontDoor } from './open-front-door.ts';

export type LocalNetworkOptions = {
  /** Everything the network keeps: database, files, keys. The next start continues from it. */
  dataDir: string;
  host?: string;
  /** 0 picks a free one. */
  port?: number;
  /** How others reach this network, base URLs. Without one it serves this machine alone. */
  publicUrls?: readonly string[];
  /** Whose `X-Forwarded-For` says where requests come from; none unless given. */
  trustedProxies?: TrustedProxies;
  /** A PostgreSQL server to use instead of the embedded one. */
  databaseUrl?: string | null;
  /** Where the last head of the log is kept outside `dataDir`; nowhere unless given. */
  logHeads?: string | null;
  /** Settings of the hub that differ from a hub's own defaults. */
  hub?: Partial<Pick<HubConfig, 'policy' | 'limits' | 'log' | 'walrusApi'>>;
  /** Settings of the gateway that differ from its own defaults. */
  gateway?: Partial<Pick<GatewayConfig, 'heldBodyBytes' | 'signedCallsPerMinute' | 'keyCallsPerMinute'>>;
  /** Nodes of its own. 0: releases wait for one to join; 1, the default: in this process; more: each in one of its own. */
  nodes?: number;
  /** Parts of a node in this process that differ from a node's own: formats and runtimes with more rows, for example. */
  node?: NodeOverrides;
  /** Hears when a node that is a process of its own starts and ends; it is logged unless given. */
  onNode?: (event: NodeEvent) => void;
  /** Hears when the hub, a process of its own, ends unasked and answers again; it is logged unless given. */
  onHub?: (event: HubEvent) => void;
  /** Hears when the database or a disk keeps the hub from its work, and when that is over; it is logged unless given. */
  onOutage?: (event: OutageEvent) => void;
  log?: Logger;
};

export type LocalNetwork = AsyncDisposable & {
  url: string;
  hubAddress: Address;
  /** Its process; null while one that ended waits to be started again. */
  hub: { readonly pid: number | null };
  nodes: readonly OwnNode[];
};

/**
 * Starts hub, gateway and nodes on one address, with an embedded database. The hub is a process of its own, so that it keeps
 * no call waiting; gateway and a node alone are in this one, several nodes in processes of their own. What it starts it
 * stops: disposing it leaves no process behind, and a kill of this process ends them all.
 */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  // Standard output belongs to whoever started this: `callable up --json` promises one document there.
  const log = options.log ?? pino({ level: 'warn', name: 'callable' }, pino.destination(2));
  const trustedProxies = options.trustedProxies ?? defaultHubConfig.trustedProxies;
  const dataDir = resolve(options.dataDir);
  const hubDir = join(dataDir, 'hub');
  const closer = new Closer();
  try {
    // The address first: a port that is taken is told before a database is made, and the hub can be told its own.
    const door = closer.add(await openFrontDoor(options.host ?? '127.0.0.1', options.port ?? 4600));
    await openDataDirectory(hubDir);
    const key = await loadKey(join(hubDir, 'hub-key'));
    const places = await loadNodeKeys(dataDir, options.nodes ?? 1);
    const socket = closer.add(await openSocketPlace(hubDir));
    const orders: HubOrders = {
      config: hubConfig(options, hubDir, door.url),
      socketPath: socket.path,
      nodes: places.map((place) => addressOf(place.key)),
      tellsOutages: options.onOutage !== undefined,
      logLevel: log.level,
    };
    const hearHub = options.onHub ?? ((event: HubEvent) => log.warn(event, `the hub ${event.kind}`));
    const starting = keepHub(orders, { event: hearHub, outage: options.onOutage ?? (() => undefined) });
    // Read while the hub and its database start: half a second of a start.
    const [hub, { startCalls }] = await Promise.all([starting, import('./calls/start-calls.ts')]);
    closer.add(hub);
    const hubDoor = openHubDoor(hub, socket.path, trustedProxies);
    closer.defer(async () => hubDoor[Symbol.dispose]());
    const nodes = closer.add(
      await startCalls({
        ...{ door, hub, hubDoor, key, places, log, trustedProxies },
        publicUrls: options.publicUrls ?? [],
        gateway: {
          host: options.host ?? defaultHubConfig.host,
          dataDir: join(dataDir, 'gateway'),
          ...options.gateway,
        },
        node: options.node ?? {},
        onNode: options.onNode ?? ((event: NodeEvent) => log.warn(event, `a node ${event.kind}`)),
      }),
    );
    return {
      url: door.url,
      hubAddress: addressOf(key),
      hub,
      nodes: nodes.list,
      [Symbol.asyncDispose]: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

function hubConfig(options: LocalNetworkOptions, dataDir: string, url: string): HubConfig {
  return {
    ...defaultHubConfig,
    dataDir,
    databaseUrl: options.databaseUrl ?? null,
    publicUrls: options.publicUrls ?? [],
    // What strangers are told and what probes ask: a release is reachable when they reach it.
    gateways: options.publicUrls?.length ? [...options.publicUrls] : [url],
    ...options.hub,
    log: { ...(options.hub?.log ?? defaultHubConfig.log), heads: options.logHeads ?? options.hub?.log?.heads ?? null },
  };
}
