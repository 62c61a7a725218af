import { endWaitsOnClose, guardOrigins, noteArrival, serveApiDocument } from '@callable/http';
import type { FastifyInstance } from 'fastify';
import type { HubContext } from './context.ts';
import { answerProblems } from './http/answer-problems.ts';
import { compileValidator } from './http/compile-validator.ts';
import { parseJsonBodies } from './http/parse-json-body.ts';
import type { TypedApp } from './http/typed-app.ts';
import { activationRoutes } from './routes/activation.ts';
import { auditRoutes } from './routes/audits.ts';
import { badgeRoutes } from './routes/badge.ts';
import { curationRoutes } from './routes/curation.ts';
import { feedRoutes } from './routes/feed.ts';
import { fetchRoutes } from './routes/fetches.ts';
import { fileRoutes } from './routes/files.ts';
import { guardLog } from './routes/guard-log.ts';
import { guardRoom } from './routes/guard-room.ts';
import { healthRoutes } from './routes/health.ts';
import { logRoutes } from './routes/log.ts';
import { networkRoutes } from './routes/network.ts';
import { nodeRoutes } from './routes/nodes.ts';
import { queueRoutes } from './routes/queue.ts';
import { reasonRoutes } from './routes/reasons.ts';
import { receiptRoutes } from './routes/receipts.ts';
import { releaseRoutes } from './routes/releases.ts';
import { statementRoutes } from './routes/statements.ts';
import { taskRoutes } from './routes/tasks.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { usageRoutes } from './routes/usage.ts';
import { usageDaysRoutes } from './routes/usage-days.ts';
import { wakeRoutes } from './routes/wakes.ts';
import { walrusApiRoutes } from './routes/walrus-api.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { software } from './software.ts';

const bodyLimit = 1024 * 1024;

/** Puts the hub's API on a server, and its guard before all routes: a gateway may be put on the same one after it. */
export async function registerHub(server: FastifyInstance, ctx: HubContext): Promise<void> {
  ctx.ownAddress.add(server.server);
  guardOrigins(server, ctx.config.publicUrls);
  await serveApiDocument(server, software.split('/')[1] ?? '0');
  await server.register(async (scope) => {
    const app = scope as unknown as TypedApp;
    app.setValidatorCompiler(compileValidator);
    // Response schemas document; the values are made by this code and need no second pass.
    app.setSerializerCompiler(() => (value) => JSON.stringify(value));
    noteArrival(scope, ctx.clock);
    parseJsonBodies(scope, ctx.config, bodyLimit);
    answerProblems(scope, ctx);
    endWaitsOnClose(scope);
    guardLog(scope, ctx);
    guardRoom(scope, ctx);
    networkRoutes(app, ctx);
    releaseRoutes(app, ctx);
    uploadRoutes(app, ctx);
    fileRoutes(app, ctx);
    fetchRoutes(app, ctx);
    wakeRoutes(app, ctx);
    walrusApiRoutes(app, ctx);
    statementRoutes(app, ctx);
    curationRoutes(app, ctx);
    nodeRoutes(app, ctx);
    taskRoutes(app, ctx);
    queueRoutes(app, ctx);
    receiptRoutes(app, ctx);
    activationRoutes(app, ctx);
    usageRoutes(app, ctx);
    usageDaysRoutes(app, ctx);
    auditRoutes(app, ctx);
    logRoutes(app, ctx);
    webhookRoutes(app, ctx);
    badgeRoutes(app, ctx);
    feedRoutes(app, ctx);
    reasonRoutes(app);
    healthRoutes(app, ctx);
  });
}
