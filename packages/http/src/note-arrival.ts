import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** When its headers had arrived, in milliseconds since 1970: the body may take minutes, and a signature ages. */
    arrivedAt: number;
  }
}

/** Lets requests on these routes say when their headers arrived. */
export function noteArrival(app: FastifyInstance, clock: () => number): void {
  app.decorateRequest('arrivedAt', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.arrivedAt = clock();
    done();
  });
}
