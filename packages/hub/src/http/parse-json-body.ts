import { CallableError, jsonDepth } from '@callable/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it arrived, which is what signatures are over. */
    rawBody: Uint8Array;
  }
}

/** Deeper nesting than any manifest needs; recursion over it stays far from the end of the stack. */
const maxDepth = 64;

/** Parses JSON bodies and keeps their bytes. */
export function parseJsonBodies(app: FastifyInstance, bodyLimit: number): void {
  // Fastify takes text/plain by itself; no route here does.
  app.removeAllContentTypeParsers();
  app.decorateRequest('rawBody', null as unknown as Uint8Array);
  const parse = (request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void) => {
    request.rawBody = body;
    try {
      done(null, body.length === 0 ? undefined : parseShallow(body));
    } catch (cause) {
      done(
        cause instanceof CallableError
          ? cause
          : new CallableError('InvalidJson', 'The body is not valid JSON.', { cause }),
      );
    }
  };
  app.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit }, parse as never);
}

function parseShallow(body: Buffer): unknown {
  if (jsonDepth(body) > maxDepth)
    throw new CallableError('RequestInvalid', `The body is nested deeper than ${maxDepth} levels.`);
  return JSON.parse(body.toString('utf8'));
}
