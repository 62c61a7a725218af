import type { FastifyInstance } from 'fastify';
import type { HubContext } from '../context.ts';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);
/** What ends in a statement: one that is acknowledged stands in a published checkpoint a second later. */
const intoLog = ['/v1/releases', '/v1/statements', '/v1/tasks', '/v1/calls'];

/** Refuses writes while a disk is full, before a byte of a body is read; reads go on. */
export function guardRoom(app: FastifyInstance, { outages }: Pick<HubContext, 'outages'>): void {
  app.addHook('onRequest', async ({ method, url }) => {
    if (reads.has(method)) return;
    if (outages.fullMessage('database') !== null) throw outages.fullError('database');
    if (outages.fullMessage('log') !== null && intoLog.some((path) => url.startsWith(path)))
      throw outages.fullError('log');
  });
}
