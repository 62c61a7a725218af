import type { FastifyInstance } from 'fastify';
import type { AnswerHeaders } from '../answers/plain-answer.ts';
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

/** The guard of a server, and what it said last: programs name the same Host all day. */
type Guard = { publicUrls: readonly string[]; host: string | null; headers: AnswerHeaders | null };

const guarded = new WeakMap<object, Guard>();

/**
 * What the guard of a server adds to an answer for a program that names this Host, and no page; null where it would not let
 * it be served.
 */
export function headersOfGuard(server: object, host: string): AnswerHeaders | null {
  const guard = guarded.get(server);
  if (!guard) return [];
  const { publicUrls } = guard;
  if (guard.host !== host) {
    guard.host = host;
    guard.headers = judgeOrigin({ host }, publicUrls) ? null : headersFor(undefined, publicUrls);
  }
  return guard.headers;
}

function headersFor(origin: string | undefined, publicUrls: readonly string[]): AnswerHeaders {
  const allowed: AnswerHeaders = isPublic(publicUrls)
    ? [['access-control-allow-origin', '*']]
    : origin === undefined
      ? []
      : // Named, so that what a browser keeps of a private server is for this origin alone.
        [
          ['access-control-allow-origin', origin],
          ['vary', 'origin'],
        ];
  return [...allowed, ['access-control-expose-headers', exposedHeaders]];
}

/**
 * Serves pages of the origins that may call here, and refuses all others, on every route of a server: to be called
 * before the first is added. Pages from anywhere may call a public server: there are no cookies to ride on, a signature is made
 * by the page itself, and a dashboard need not come from the hub that it shows.
 */
export function guardOrigins(app: FastifyInstance, publicUrls: readonly string[]): void {
  guarded.set(app.server, { publicUrls, host: null, headers: null });
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers;
    const refusal = judgeOrigin({ host, origin }, publicUrls);
    if (refusal) return sendProblem(refusal, request, reply);
    for (const [name, value] of headersFor(origin, publicUrls)) reply.header(name, value);
    const { method, headers } = request;
    if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined)
      return reply.headers(preflight).code(204).send();
  });
}
