import type { FastifyReply } from 'fastify';

/** Sets on the raw answer what was set on the reply: an answer that goes past the framework is read by pages too. */
export function passHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
}
