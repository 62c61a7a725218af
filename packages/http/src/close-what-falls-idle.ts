import type { FastifyInstance } from 'fastify';

const lookAgainMs = 50;

/**
 * A server that closes ends the connections that are idle at that moment. One whose last answer is still on its way falls
 * idle afterwards, and its client would hold it, and us, open for as long as it keeps connections: 71 s measured.
 */
export function closeWhatFallsIdle(server: FastifyInstance['server']): void {
  const looking = setInterval(() => server.closeIdleConnections(), lookAgainMs);
  server.once('close', () => clearInterval(looking));
}
