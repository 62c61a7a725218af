import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';

/** Answers /openapi.json with what the routes say that are added after it. `version` is of the software. */
export async function serveApiDocument(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Callable', version, description: 'An open, permissionless model hub and inference network.' },
    },
  });
  server.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
}
