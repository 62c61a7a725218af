import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

/** What an OpenAPI document is here: what stands at its routes is their business. */
export type ApiDocument = { readonly paths?: object };

/**
 * Answers /openapi.json with what the routes say that are added after it. `version` is of the software; `complete` adds what
 * other servers say that are reached at the same address.
 */
export async function serveApiDocument(
  server: FastifyInstance,
  version: string,
  complete: (own: ApiDocument) => ApiDocument | Promise<ApiDocument> = (own) => own,
): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Callable', version, description: 'An open, permissionless model hub and inference network.' },
    },
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => complete(server.swagger()));
}
