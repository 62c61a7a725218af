import type { AddressInfo } from 'node:net';
import { addressOf, type PrivateKey } from '@callable/protocol';
import { type Client, createClient } from '@callable/sdk';
import { fetchFrom, publicAddressOf, randomKey } from '@callable/stand-ins';
import { type FastifyBaseLogger, fastify } from 'fastify';
import { pino } from 'pino';
import { createTestDirectory } from '../../postgres/test/create-test-directory.ts';
import {
  answerUnknownRoutes,
  defaultHubConfig,
  type HubConfig,
  type HubContext,
  registerHub,
  serverOptions,
  startHub,
} from '../src/index.ts';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';

export type TestHub = AsyncDisposable & {
  url: string;
  ctx: HubContext;
  database: TestDatabase;
  /** The patterns of all routes that answer GET, as Fastify spells them. */
  reads: readonly string[];
  /** A client of this hub under a key of its own, in front of which a proxy says where it comes from: a network of its own. */
  client: (key?: PrivateKey, from?: string) => Client;
};

/** What outlives a hub: its database and its directory. */
export type TestPlace = AsyncDisposable & { database: TestDatabase; path: string };

export async function createTestPlace(): Promise<TestPlace> {
  const database = await createTestDatabase();
  const directory = await createTestDirectory();
  return {
    database,
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A real hub on loopback, with its background work: on a database of its own, or where another hub was before. */
export async function startTestHub(
  options: { config?: Partial<HubConfig>; overrides?: Partial<HubContext>; place?: TestPlace } = {},
): Promise<TestHub> {
  const place = options.place ?? (await createTestPlace());
  const { database } = place;
  const log = pino({ level: process.env['HUB_LOG'] ?? 'silent' });
  const config: HubConfig = {
    ...defaultHubConfig,
    dataDir: place.path,
    databaseUrl: database.url,
    gateways: [],
    trustedProxies: 1,
    ...options.config,
  };
  // Most tests play all nodes themselves: without a hub's own node nobody would be a seed.
  config.policy = { seeds: [], ...config.policy };
  // A hub with an address of its own for the database, such as one that can be cut, makes its own connections.
  const db = config.databaseUrl === database.url ? database.lend() : null;
  const hub = await startHub(config, { log, ...(db ? { db } : {}), ...options.overrides });
  const server = fastify({ ...serverOptions, loggerInstance: log as FastifyBaseLogger, forceCloseConnections: true });
  const reads: string[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    if ([method].flat().includes('GET')) reads.push(url);
  });
  answerUnknownRoutes(server);
  await registerHub(server, hub.ctx);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return {
    url,
    ctx: hub.ctx,
    database,
    reads,
    client: (key = randomKey(), from = publicAddressOf(addressOf(key))) =>
      createClient(url, { key, fetch: fetchFrom(from), audiences: { hub: hub.ctx.rules.hub } }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await hub[Symbol.asyncDispose]();
      await db?.destroy();
      if (!options.place) await place[Symbol.asyncDispose]();
    },
  };
}

export const addressOfClient = (client: Client) => addressOf(client.key as PrivateKey);
