import type { SwaggerTransform } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';

/**
 * The options of a route that only says in /openapi.json what it takes and answers. Fastify never sees the schema: it
 * would validate and serialise by it, and a body of a call is bytes that no gateway parses.
 */
export const documentRoute = (schema: FastifySchema): { config: { swaggerTransform: SwaggerTransform } } => ({
  config: { swaggerTransform: ({ url }) => ({ schema, url }) },
});
