import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/**
 * Answers HEAD with the headers set on the reply. Fastify's own HEAD runs the GET and reads its stream to throw it away:
 * a request of 200 bytes cost a gigabyte of reading.
 */
export const sendHeadersOnly = (reply: FastifyReply): FastifyReply => reply.send(Readable.from([]));
