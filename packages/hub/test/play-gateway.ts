import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, addressOf, type PrivateKey, signReceipt, zeroAddress, zeroBytes32 } from '@callable/protocol';

export type GatewayStandIn = AsyncDisposable & {
  url: string;
  /** Who signed the calls so far. */
  callers: (string | undefined)[];
};

/** A gateway that does with every call what `handle` does. */
export async function startGateway(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<GatewayStandIn> {
  const callers: (string | undefined)[] = [];
  const server = createServer((request, response) => {
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

/** A gateway that answers every call with what `answer` gives. */
export const startAnsweringGateway = (answer: () => { status: number; body: unknown }): Promise<GatewayStandIn> =>
  startGateway((request, response) => {
    request.resume();
    const { status, body } = answer();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

/** A report of a good call as a gateway makes it, with a receipt of the node. */
export function reportOf(
  node: PrivateKey,
  digest: string,
  caller: Address,
  seq: number,
  fields: Record<string, unknown> = {},
) {
  const receipt = signReceipt(
    {
      version: 1,
      release: digest.slice('sha256:'.length),
      model: zeroBytes32,
      request: zeroBytes32,
      inputs: zeroBytes32,
      outputs: zeroBytes32,
      response: zeroBytes32,
      caller,
      node: addressOf(node),
      nonce: zeroBytes32,
      startedAt: 1,
      finishedAt: Date.now(),
      runtime: zeroBytes32,
      auditClass: 0,
      evidence: zeroBytes32,
      price: '0',
      asset: zeroAddress,
      paymentRef: zeroBytes32,
      seq,
      prev: zeroBytes32,
      ...fields,
    },
    node,
  );
  return { release: digest as never, outcome: 'good' as const, at: Date.now(), receipt, probe: false };
}

/** What makes a receipt of `reportOf` one of version 2. Its `paymentRef` is then a member that nobody signed. */
export const asVersion2 = (session: string) => ({
  ...{ version: 2, payment: zeroBytes32, chain: 0, units: 1, tokensIn: 2, tokensOut: 3, end: 0, session, batch: 0 },
  ...{ salt: '5a'.repeat(32), audience: zeroBytes32, gateway: zeroAddress, extra: zeroBytes32 },
});
