import { CallableError, toldHeadHeader } from '@callable/protocol';
import type { FastifyInstance } from 'fastify';
import type { HubContext } from '../context.ts';
import { judgeToldHead } from '../log/judge-told-head.ts';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Hears the head of the log that a request brings, and says the published one to whoever signs. While the log is rolled
 * back only reads are answered: what was written would be lost, or make a second history.
 */
export function guardLog(app: FastifyInstance, ctx: HubContext): void {
  app.addHook('onRequest', async (request) => {
    const told = request.headers[toldHeadHeader];
    if (typeof told === 'string') await judgeToldHead(ctx, told);
    if (ctx.tlog.rolledBack !== null && !reads.has(request.method)) throw rolledBack(ctx);
  });
  app.addHook('onSend', async (request, reply) => {
    const asks = request.headers['callable-signature'] ?? request.headers[toldHeadHeader];
    if (asks !== undefined && ctx.tlog.told !== null) reply.header(toldHeadHeader, ctx.tlog.told);
  });
}

const rolledBack = ({ tlog }: HubContext) =>
  new CallableError('LogRolledBack', `This hub was put back from a copy and takes nothing in: ${tlog.rolledBack}`);
