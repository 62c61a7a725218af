import { createBodyBudget, refuseEncoded } from '@callable/http';
import { CallableError, jsonDepth, segmentType, utf8OfJson } from '@callable/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HubConfig } from '../config/hub-config.ts';
import { holdJsonBody } from './hold-json-body.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it arrived, which is what signatures are over. */
    rawBody: Uint8Array;
    /** Gives back what the body holds of the budget; set while one is held. */
    letBodyGo: (() => void) | null;
  }
}

/** Deeper nesting than any manifest needs; recursion over it stays far from the end of the stack. */
const maxDepth = 64;

/** Parses JSON bodies and keeps their bytes and those of segments, counted in one budget until their requests end. */
export function parseJsonBodies(
  app: FastifyInstance,
  config: Pick<HubConfig, 'limits' | 'trustedProxies'>,
  bodyLimit: number,
): void {
  const { heldBodyBytes, heldBodyBytesPerNetwork } = config.limits;
  const budget = createBodyBudget({ inAll: heldBodyBytes, perNetwork: heldBodyBytesPerNetwork });
  // Fastify takes text/plain by itself; no route here does.
  app.removeAllContentTypeParsers();
  app.decorateRequest('rawBody', null as unknown as Uint8Array);
  app.decorateRequest('letBodyGo', null);
  app.addContentTypeParser('application/json', async (request: FastifyRequest) => {
    refuseEncoded(request);
    const body = await holdJsonBody(budget, config, request, request.routeOptions.bodyLimit ?? bodyLimit);
    request.rawBody = body;
    return body.length === 0 ? undefined : parse(body);
  });
  app.addContentTypeParser(segmentType, async (request: FastifyRequest) => {
    refuseEncoded(request);
    request.rawBody = await holdJsonBody(budget, config, request, request.routeOptions.bodyLimit ?? bodyLimit);
    return request.rawBody;
  });
  // Answered, or the caller left: in either case nobody needs the bytes any more.
  app.addHook('onResponse', async (request) => request.letBodyGo?.());
  app.addHook('onRequestAbort', async (request) => request.letBodyGo?.());
}

function parse(body: Uint8Array): unknown {
  const text = utf8OfJson(body);
  if (jsonDepth(text) > maxDepth)
    throw new CallableError('RequestInvalid', `The body is nested deeper than ${maxDepth} levels.`);
  try {
    return JSON.parse(new TextDecoder().decode(text));
  } catch (cause) {
    throw new CallableError('InvalidJson', 'The body is not valid JSON.', { cause });
  }
}
