import { Agent } from 'node:http';
import {
  type ApiDocument,
  clientAddressOf,
  dropRest,
  fetchOverSocket,
  sendProblem,
  type TrustedProxies,
} from '@callable/http';
import { CallableError, endWithin } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { forwardRequest } from './forward-request.ts';
import { joinDocuments } from './join-documents.ts';
import type { KeptHub } from './keep-hub.ts';

/** Connections kept for the next request; each is a descriptor here and one there. */
const idleConnections = 64;
/** Of a body whose answer is that the hub is away: a chunk and its head, so that the sender reads why. */
const dropped = { bytes: 5 * 2 ** 20, ms: 2_000 };
const documentMs = 5_000;

export type HubDoor = Disposable & {
  /** Answers a request with what the hub answers, or with `NotReady` while it is away. */
  pass: (request: FastifyRequest, reply: FastifyReply) => void;
  /** The API document of the hub, and in it the routes that are answered here. */
  complete: (own: ApiDocument) => Promise<ApiDocument>;
};

/** The way from the address of a network to its hub, which is another process behind a socket. */
export function openHubDoor(
  hub: Pick<KeptHub, 'away' | 'starts'>,
  socketPath: string,
  trustedProxies: TrustedProxies,
): HubDoor {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: idleConnections });
  let known: { starts: number; document: ApiDocument } | null = null;

  const refuse = (request: FastifyRequest, reply: FastifyReply, cause?: Error) => {
    // It has just ended, and nobody here has heard of it yet.
    const error = hub.away() ?? new CallableError('NotReady', undefined, { cause, details: { retryAfterSeconds: 1 } });
    void sendProblem(error, request, reply);
    if (!request.raw.complete) dropRest(request.raw.unpipe(), dropped.bytes, dropped.ms);
  };
  return {
    pass(request, reply) {
      if (hub.away()) return refuse(request, reply);
      forwardRequest(request.raw, reply.raw, {
        ...{ socketPath, agent, clientAddress: clientAddressOf(request.raw, trustedProxies) },
        onRefused: (error) => refuse(request, reply, error),
        onAnswer: () => void reply.hijack(),
      });
    },
    async complete(own) {
      const away = hub.away();
      if (away) throw away;
      if (known?.starts !== hub.starts) {
        const { starts } = hub;
        known = { starts, document: joinDocuments(await readDocument(socketPath), own) };
      }
      return known.document;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

async function readDocument(socketPath: string): Promise<ApiDocument> {
  const response = await fetchOverSocket(socketPath, '/openapi.json', { signal: endWithin(documentMs) });
  return (await response.json()) as ApiDocument;
}
