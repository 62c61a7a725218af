import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Sends a text that may be kept for some seconds, or 304 to whoever has this very text. */
export function sendCached(
  request: FastifyRequest,
  reply: FastifyReply,
  { text, type, seconds, status = 200 }: { text: string; type: string; seconds: number; status?: number },
): FastifyReply {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  reply
    .header('etag', tag)
    .header('cache-control', `public, max-age=${seconds}`)
    .header('x-content-type-options', 'nosniff')
    // Opened as a page of its own it runs and fetches nothing; drawn by a page of another origin it may be shown.
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'cross-origin');
  if (status === 200 && holds(request.headers['if-none-match'], tag)) return reply.code(304).send();
  return reply.code(status).type(type).send(text);
}

const holds = (tags: string | undefined, tag: string) =>
  (tags ?? '').split(',').some((one) => [tag, '*'].includes(one.trim().replace(/^W\//, '')));
