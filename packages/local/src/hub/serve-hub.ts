import { rm } from 'node:fs/promises';
import { acquireDataLock } from '@callable/disk';
import { describeRequest, endInTime } from '@callable/http';
import {
  answerUnknownRoutes,
  delegateNode,
  type OutageEvent,
  Outages,
  registerHub,
  serverOptions,
  startHub,
} from '@callable/hub';
import { type FastifyBaseLogger, fastify } from 'fastify';
import { pino } from 'pino';
import { Closer } from '../closer.ts';
import type { HubOrders } from './hub-words.ts';

/** The door is one proxy, and nobody else can enter: it names where each request comes from. */
const trustedProxies = 1;

/** Starts a hub that is asked at a socket. Disposing it answers what is under way, and ends its database last. */
export async function serveHub(
  { config: told, socketPath, nodes, tellsOutages, logLevel }: HubOrders,
  onOutage: (event: OutageEvent) => void,
  mayWork: Promise<void>,
): Promise<AsyncDisposable & { rolledBack: string | null; rest(): void }> {
  const config = { ...told, trustedProxies };
  const log = pino({ level: logLevel, name: 'callable' }, pino.destination(2));
  const closer = new Closer();
  try {
    const hub = closer.add(
      await startHub(config, { log, ...(tellsOutages ? { outages: new Outages(onOutage) } : {}) }, mayWork),
    );
    const { rolledBack } = hub.ctx.tlog;
    if (rolledBack === null) for (const node of nodes) await delegateNode(hub.ctx, node);
    // With a database elsewhere nothing else keeps a second network from this directory, and from the socket in it.
    closer.add(await acquireDataLock(config.dataDir, 'hub'));
    const app = fastify({
      ...serverOptions,
      loggerInstance: log.child({}, { serializers: { req: describeRequest(trustedProxies) } }) as FastifyBaseLogger,
      // The door keeps its connections, and watches how long its callers take.
      keepAliveTimeout: 0,
    });
    endInTime(app);
    answerUnknownRoutes(app);
    await registerHub(app, hub.ctx);
    // What a killed process left behind; nobody listens there, or the lock would be another's.
    await rm(socketPath, { force: true });
    await app.listen({ path: socketPath });
    closer.defer(() => app.close());
    return { rolledBack, rest: hub.rest, [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}
