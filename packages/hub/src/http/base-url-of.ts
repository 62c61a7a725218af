import type { FastifyRequest } from 'fastify';

/** How others reach this hub: its first public URL; without one the name it was asked by, which the guard has let in. */
export const baseUrlOf = (
  { publicUrls }: { publicUrls: readonly string[] },
  request: Pick<FastifyRequest, 'protocol' | 'host'>,
): string => publicUrls[0] ?? `${request.protocol}://${request.host}`;
