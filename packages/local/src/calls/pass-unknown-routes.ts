import type { FastifyInstance } from 'fastify';
import type { HubDoor } from '../hub/open-hub-door.ts';

/**
 * Hands what this server has no route for to the hub. Their bodies are not looked at here: whose they are, and how large
 * they may be, the hub knows.
 */
export function passUnknownRoutes(app: FastifyInstance, { pass }: Pick<HubDoor, 'pass'>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  app.setNotFoundHandler((request, reply) => pass(request, reply));
}
