import { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { badgeColors, drawBadge } from '../badges/draw-badge.ts';
import { findBadge } from '../badges/find-badge.ts';
import type { HubContext } from '../context.ts';
import { sendCached } from '../http/send-cached.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { nameOf, releaseAddresses } from './release-addresses.ts';
import { splitEnding } from './split-ending.ts';

const summary =
  'What is true of a release as a badge: the reference ends in .svg for the image, in .json for an endpoint badge of shields.io';

export function badgeRoutes(app: TypedApp, ctx: HubContext): void {
  for (const { whole, params } of releaseAddresses)
    app.get(`/badge/${whole}`, { schema: { summary, params } }, (request, reply) =>
      sendBadge(ctx, request, reply, request.params),
    );
}

async function sendBadge(
  ctx: HubContext,
  request: FastifyRequest,
  reply: FastifyReply,
  params: { publisher?: string; release: string },
): Promise<FastifyReply> {
  const { stem, ending } = splitEnding(params.release, ['svg', 'json']);
  if (ending === null) throw new CallableError('RouteNotFound', 'The address of a badge ends in .svg or .json.');
  const { status, ...words } = await findBadge(ctx, spell({ ...params, release: stem }));
  const { label, message, tone } = words;
  const shield = { schemaVersion: 1, label, message, color: badgeColors[tone], isError: tone !== 'good' };
  return sendCached(request, reply, {
    ...(ending === 'svg'
      ? { text: drawBadge(words), type: 'image/svg+xml; charset=utf-8' }
      : { text: JSON.stringify(shield), type: 'application/json; charset=utf-8' }),
    // Less than some seconds would have every page ask again and again.
    seconds: Math.max(10, Math.round(words.freshMs / 1000)),
    status,
  });
}

/** A word that is no digest has a badge too: that of something unknown. */
const spell = (params: { publisher?: string; release: string }) =>
  params.publisher === undefined ? params.release : nameOf(params);
