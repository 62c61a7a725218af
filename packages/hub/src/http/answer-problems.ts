import { errorOfFastify, sendProblem } from '@callable/http';
import { CallableError } from '@callable/protocol';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isHubClosed } from '../outages/is-hub-closed.ts';
import type { Outages } from '../outages/outages.ts';

/** Every failure leaves as an RFC 9457 document; an accident shows no detail, only the id to ask the operator about. */
export function answerProblems(app: FastifyInstance, { outages }: { outages: Outages }): void {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    sendProblem(outages.errorOf(error) ?? asCallableError(error, request), request, reply),
  );
}

/** For addresses that do not exist. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      new CallableError('RouteNotFound', `There is no ${request.method} ${request.url.slice(0, 200)} here.`),
      request,
      reply,
    ),
  );
}

/** For what the router refuses before there is a route: an address that is too long or not decodable. */
export function answerRouterError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  void sendProblem(asCallableError(error, request), request, reply);
}

function asCallableError(error: FastifyError, request: FastifyRequest): CallableError {
  if (isHubClosed(error)) return new CallableError('NotReady', 'The hub is stopping.', { cause: error });
  // What PostgreSQL has no place for: a NUL in a text, a number beyond its column.
  if (error.code === '22021' || error.code === '22003')
    return new CallableError('RequestInvalid', 'The request holds a NUL character or a number that is too large.', {
      cause: error,
    });
  // The trigger on statements: whatever way a statement takes, none is logged after a rollback.
  if (error.code === 'CA001') return new CallableError('LogRolledBack', undefined, { cause: error });
  const known = errorOfFastify(error, request.routeOptions.bodyLimit);
  if (known) return known;
  request.log.error({ err: error }, 'a request failed');
  return new CallableError('Internal', undefined, { cause: error });
}
