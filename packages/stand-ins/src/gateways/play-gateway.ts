import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, addressOf, type GatewayView } from '@callable/protocol';
import { randomKey } from '../keys/random-key.ts';

export type GatewayStandIn = AsyncDisposable & {
  url: string;
  /** Who signed the calls so far. */
  callers: (string | undefined)[];
};

/** A gateway that does with every call what `handle` does, and says who it is. */
export async function playGateway(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<GatewayStandIn> {
  const callers: (string | undefined)[] = [];
  const gateway = addressOf(randomKey());
  const server = createServer((request, response) => {
    if (request.url === '/v1/gateway') return sayWho(response, gateway);
    callers.push(request.headers['callable-signer'] as string | undefined);
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callers,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function sayWho(response: ServerResponse, gateway: Address): void {
  const view: GatewayView = { gateway, software: 'stand-in' };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(view));
}

/** A gateway that answers every call with what `answer` gives. */
export const playAnsweringGateway = (answer: () => { status: number; body: unknown }): Promise<GatewayStandIn> =>
  playGateway((request, response) => {
    request.resume();
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
