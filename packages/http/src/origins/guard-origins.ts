import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../send-problem.ts';
import { isPublic } from './is-public.ts';
import { judgeOrigin } from './judge-origin.ts';

/** What pages may read beside the few headers that every page may. */
const exposedHeaders = [
  ...['accept-ranges', 'callable-receipt', 'callable-receipt-salt', 'content-length', 'content-range', 'deprecation'],
  ...['etag', 'link', 'ratelimit', 'ratelimit-policy', 'retry-after', 'server-timing'],
].join(', ');

const preflight = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  // The star does not stand for this one, which clients of other APIs send.
  'access-control-allow-headers': '*, authorization',
  'access-control-max-age': '86400',
};

/**
 * Serves pages of the origins that may call here, and refuses all others, on every route of a server: to be called
 * before the first is added. Pages from anywhere may call a public server: there are no cookies to ride on, a signature is made
 * by the page itself, and a dashboard need not come from the hub that it shows.
 */
export function guardOrigins(app: FastifyInstance, publicUrls: readonly string[]): void {
  const anyMay = isPublic(publicUrls);
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers;
    const refusal = judgeOrigin({ host, origin }, publicUrls);
    if (refusal) return sendProblem(refusal, request, reply);
    if (anyMay) reply.header('access-control-allow-origin', '*');
    // Named, so that what a browser keeps of a private server is for this origin alone.
    else if (origin !== undefined) reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    reply.header('access-control-expose-headers', exposedHeaders);
    const { method, headers } = request;
    if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined)
      return reply.headers(preflight).code(204).send();
  });
}
