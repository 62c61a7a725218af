import { CallableError } from '@callable/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HubContext } from '../context.ts';
import { eventId } from '../events/event-id.ts';
import { type FeedScope, findFeedScope } from '../feeds/find-feed-scope.ts';
import { listFeedEvents } from '../feeds/list-feed-events.ts';
import { writeAtom } from '../feeds/write-atom.ts';
import { baseUrlOf } from '../http/base-url-of.ts';
import { sendCached } from '../http/send-cached.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { releaseAddresses } from './release-addresses.ts';
import { splitEnding } from './split-ending.ts';

const told = 'was published, was first called by somebody independent, broke, recovered';
const seconds = 60;

export function feedRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/feed.atom',
    { schema: { summary: `What became of releases of this hub (Atom): ${told}` } },
    (request, reply) => sendFeed(ctx, request, reply, null),
  );
  for (const { whole, params } of releaseAddresses)
    app.get(
      `/feed/${whole}`,
      {
        schema: {
          summary: `What became of a release, a model or all of a publisher (Atom), with .atom behind it: ${told}`,
          params,
        },
      },
      (request, reply) => {
        const { publisher, release }: { publisher?: string; release: string } = request.params;
        const { stem, ending } = splitEnding(release, ['atom']);
        if (ending === null) throw new CallableError('RouteNotFound', 'The address of a feed ends in .atom.');
        return sendFeed(ctx, request, reply, publisher === undefined ? stem : `${publisher}/${stem}`);
      },
    );
}

async function sendFeed(
  ctx: HubContext,
  request: FastifyRequest,
  reply: FastifyReply,
  text: string | null,
): Promise<FastifyReply> {
  const scope: FeedScope = text === null ? { of: 'hub' } : await findFeedScope(ctx, text);
  const base = baseUrlOf(ctx.config, request);
  const { of, ...which } = scope;
  const feed = {
    id: eventId(ctx.rules.hub, 'feed', of, ...Object.values(which)),
    title: text === null ? 'Callable: releases' : `Callable: ${text}`,
    self: `${base}${request.url}`,
    base,
    events: await listFeedEvents(ctx, scope),
  };
  return sendCached(request, reply, { text: writeAtom(feed), type: 'application/atom+xml; charset=utf-8', seconds });
}
