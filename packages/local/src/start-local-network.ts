import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createGatewayContext, type GatewayConfig, registerGateway } from '@callable/gateway';
import { describeRequest, endInTime, type TrustedProxies } from '@callable/http';
import {
  answerUnknownRoutes,
  defaultHubConfig,
  type HubConfig,
  type OutageEvent,
  Outages,
  registerHub,
  serverOptions,
  startHub,
} from '@callable/hub';
import type { NodeOverrides } from '@callable/node';
import { type Address, addressOf } from '@callable/protocol';
import { type FastifyBaseLogger, fastify } from 'fastify';
import { type Logger, pino } from 'pino';
import { Closer } from './closer.ts';
import type { NodeEvent, OwnNode } from './nodes/own-node.ts';
import { startOwnNodes } from './nodes/start-own-nodes.ts';
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
  /** Hears when the database or a disk keeps the hub from its work, and when that is over; it is logged unless given. */
  onOutage?: (event: OutageEvent) => void;
  log?: Logger;
};

export type LocalNetwork = AsyncDisposable & {
  url: string;
  hubAddress: Address;
  nodes: readonly OwnNode[];
};

/**
 * Starts hub, gateway and nodes on one address, with an embedded database; a node alone runs in this process, several
 * in processes of their own. What it starts it stops: disposing it leaves no process behind.
 */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  // Standard output belongs to whoever started this: `callable up --json` promises one document there.
  const log = options.log ?? pino({ level: 'warn', name: 'callable' }, pino.destination(2));
  const trustedProxies = options.trustedProxies ?? defaultHubConfig.trustedProxies;
  const publicUrls = options.publicUrls ?? [];
  const closer = new Closer();
  try {
    // The address first: a port that is taken is told before a database is made, and the hub can be told its own.
    const door = closer.add(await openFrontDoor(options.host ?? '127.0.0.1', options.port ?? 4600));
    const outages = options.onOutage ? { outages: new Outages(options.onOutage) } : {};
    const hub = closer.add(await startHub(hubConfig(options, door.url), { log, ...outages }));
    const key = hub.ctx.key;
    const gateway = createGatewayContext(
      {
        hubUrl: door.url,
        host: options.host ?? defaultHubConfig.host,
        key,
        dataDir: join(options.dataDir, 'gateway'),
        publicUrls: [...publicUrls, door.url],
        trustedProxies,
        ...options.gateway,
      },
      { log },
    );
    const app = fastify({
      ...serverOptions,
      serverFactory: door.serve,
      genReqId: () => randomUUID(),
      loggerInstance: log.child({}, { serializers: { req: describeRequest(trustedProxies) } }) as FastifyBaseLogger,
    });
    closer.defer(async () => {
      await app.close();
      // Fastify does not close a server that it was handed: requests would outlive the database they need.
      await door.close();
    });
    endInTime(app);
    answerUnknownRoutes(app);
    await registerHub(app, hub.ctx);
    await registerGateway(app, gateway);
    await app.ready();
    // Before the server closes: the last reports of calls go through it.
    closer.defer(() => gateway.close());
    door.open();
    const onEvent = options.onNode ?? ((event: NodeEvent) => log.warn(event, `a node ${event.kind}`));
    const around = { dataDir: options.dataDir, url: door.url, hub: hub.ctx, gateway, log, onEvent };
    const nodes = closer.add(await startOwnNodes(options.nodes ?? 1, { ...around, overrides: options.node ?? {} }));
    return {
      url: door.url,
      hubAddress: addressOf(key),
      nodes: nodes.list,
      [Symbol.asyncDispose]: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

function hubConfig(options: LocalNetworkOptions, url: string): HubConfig {
  return {
    ...defaultHubConfig,
    dataDir: join(options.dataDir, 'hub'),
    databaseUrl: options.databaseUrl ?? null,
    publicUrls: options.publicUrls ?? [],
    // What strangers are told and what probes ask: a release is reachable when they reach it.
    gateways: options.publicUrls?.length ? [...options.publicUrls] : [url],
    trustedProxies: options.trustedProxies ?? defaultHubConfig.trustedProxies,
    ...options.hub,
    log: { ...(options.hub?.log ?? defaultHubConfig.log), heads: options.logHeads ?? options.hub?.log?.heads ?? null },
  };
}
