import { randomUUID } from 'node:crypto';
import { createGatewayContext, type GatewayConfig, registerGateway } from '@callable/gateway';
import {
  describeRequest,
  endInTime,
  errorOfFastify,
  guardOrigins,
  refusesOnClose,
  sendProblem,
  serveApiDocument,
  type TrustedProxies,
} from '@callable/http';
import type { NodeOverrides } from '@callable/node';
import { addressOf, CallableError, type PrivateKey } from '@callable/protocol';
import { type FastifyBaseLogger, type FastifyError, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Logger } from 'pino';
import { Closer } from '../closer.ts';
import type { KeptHub } from '../hub/keep-hub.ts';
import type { HubDoor } from '../hub/open-hub-door.ts';
import type { NodePlace } from '../nodes/load-node-keys.ts';
import type { NodeEvent } from '../nodes/own-node.ts';
import { type OwnNodes, startOwnNodes } from '../nodes/start-own-nodes.ts';
import type { FrontDoor } from '../open-front-door.ts';
import { passUnknownRoutes } from './pass-unknown-routes.ts';

type Surroundings = {
  door: FrontDoor;
  hub: KeptHub;
  hubDoor: HubDoor;
  key: PrivateKey;
  places: readonly NodePlace[];
  publicUrls: readonly string[];
  trustedProxies: TrustedProxies;
  gateway: Partial<GatewayConfig>;
  node: NodeOverrides;
  onNode: (event: NodeEvent) => void;
  log: Logger;
};

/**
 * Opens the address of a network: what the gateway has no route for is the hub's, whose process it is handed to. Then starts
 * the nodes. Disposing it ends the nodes, sends the last reports of calls, and ends the hub with the last requests.
 */
export async function startCalls(around: Surroundings): Promise<OwnNodes> {
  const { door, hub, hubDoor, key, publicUrls, trustedProxies, log } = around;
  const closer = new Closer();
  try {
    const own = { hubUrl: door.url, key, publicUrls: [...publicUrls, door.url], trustedProxies };
    const gateway = createGatewayContext({ ...own, ...around.gateway }, { log });
    const app = fastify({
      ...refusesOnClose,
      // As the hub has it.
      routerOptions: { maxParamLength: 200 },
      frameworkErrors: refuseAddress,
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
    // Who waits for news of the hub hears that it ends, and lets this server close.
    app.addHook('preClose', async () => hub.end());
    guardOrigins(app, publicUrls);
    await serveApiDocument(app, '', hubDoor.complete);
    passUnknownRoutes(app, hubDoor);
    await registerGateway(app, gateway);
    await app.ready();
    // Before the server closes: the last reports of calls go through it.
    closer.defer(() => gateway.close());
    door.open();
    const { places, node: overrides, onNode: onEvent } = around;
    const ofHub = { operator: addressOf(key), url: door.url, mayJoin: hub.rolledBack === null };
    const nodes = closer.add(await startOwnNodes(places, { ...ofHub, gateway, log, overrides, onEvent }));
    hub.tell('work');
    closer.defer(async () => hub.tell('rest'));
    return { list: nodes.list, [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** What no router can read: too long, or not decodable. The hub would say the same. */
function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(errorOfFastify(error) ?? new CallableError('Internal', undefined, { cause: error }), request, reply);
}
