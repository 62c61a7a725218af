import { join } from 'node:path';
import { createDirectLink, createGatewayContext, type GatewayConfig, registerGateway } from '@callable/gateway';
import { describeRequest, type TrustedProxies } from '@callable/http';
import {
  answerUnknownRoutes,
  defaultHubConfig,
  delegateNode,
  type HubConfig,
  type HubContext,
  loadKey,
  registerHub,
  serverOptions,
  startHub,
} from '@callable/hub';
import { type NodeOverrides, type RunningNode, startNode } from '@callable/node';
import { type Address, addressOf } from '@callable/protocol';
import { type FastifyBaseLogger, fastify } from 'fastify';
import { type Logger, pino } from 'pino';
import { Closer } from './closer.ts';
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
  hub?: Partial<Pick<HubConfig, 'policy' | 'limits' | 'log'>>;
  /** Settings of the gateway that differ from its own defaults. */
  gateway?: Partial<Pick<GatewayConfig, 'heldBodyBytes'>>;
  /** Without a node, releases wait for one to join. */
  withNode?: boolean;
  /** Parts of the node that differ from a node's own: formats and runtimes with more rows, for example. */
  node?: NodeOverrides;
  log?: Logger;
};

export type LocalNetwork = AsyncDisposable & {
  url: string;
  hubAddress: Address;
  nodeAddress: Address | null;
};

/**
 * Starts hub, gateway and one node in this process, on one address, with an embedded database. What it starts it
 * stops: disposing it leaves no process behind.
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
    const hub = closer.add(await startHub(hubConfig(options, door.url), { log }));
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
      loggerInstance: log.child({}, { serializers: { req: describeRequest(trustedProxies) } }) as FastifyBaseLogger,
    });
    closer.defer(() => app.close());
    answerUnknownRoutes(app);
    await registerHub(app, hub.ctx);
    await registerGateway(app, gateway);
    await app.ready();
    // Before the server closes: the last reports of calls go through it.
    closer.defer(() => gateway.close());
    door.open();
    const node =
      options.withNode === false
        ? null
        : closer.add(await startLocalNode(options, door.url, { hub: hub.ctx, gateway, log }));
    return {
      url: door.url,
      hubAddress: addressOf(key),
      nodeAddress: node?.address ?? null,
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

/** The node asks the hub over HTTP like any stranger's; only its link to the gateway is a direct call. */
async function startLocalNode(
  options: LocalNetworkOptions,
  hubUrl: string,
  { hub, gateway, log }: { hub: HubContext; gateway: ReturnType<typeof createGatewayContext>; log: Logger },
): Promise<RunningNode> {
  const dataDir = join(options.dataDir, 'node');
  const key = await loadKey(join(dataDir, 'key'));
  // Before it joins: from then on the log says whose word it is when the only validator is the hub's own.
  if (hub.tlog.rolledBack === null) await delegateNode(hub, addressOf(key));
  const settings = { hubUrl, dataDir, key, gateways: [], operator: addressOf(hub.key) };
  const node = await startNode(settings, { log, ...options.node });
  gateway.links.attach(
    createDirectLink({
      node: node.address,
      answerCall: node.answerCall,
      announcement: node.status,
      find: node.find,
    }),
  );
  return node;
}
