import {
  type FunnelStage,
  funnelStages,
  PublishAnswer,
  PublishRequest,
  ReleaseList,
  ReleaseView,
  type Statement,
  StatementList,
} from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import { networkOfClient } from '../http/network-of-client.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { findRelease } from '../releases/find-release.ts';
import { FollowerPlaces } from '../releases/follower-places.ts';
import { getRelease } from '../releases/get-release.ts';
import { listReleases } from '../releases/list-releases.ts';
import { publishRelease } from '../releases/publish-release.ts';
import { ReleaseFeed } from '../releases/release-feed.ts';
import { listStatements, statementsPerPage } from '../statements/list-statements.ts';
import { nameOf, releaseAddresses } from './release-addresses.ts';
import { type Followers, streamRelease } from './release-events.ts';

const stage = Type.Unsafe<FunnelStage>(Type.String({ enum: [...funnelStages] }));
const Query = Type.Object({
  callable: Type.Optional(Type.Boolean()),
  /** Those that stand at this stage of the path now, or that stopped just before it. */
  stage: Type.Optional(stage),
  stopped: Type.Optional(stage),
  search: Type.Optional(Type.String({ maxLength: 200 })),
  publisher: Type.Optional(Type.String({ maxLength: 64 })),
  /** The Walrus blob ID of a file, or of a part of one. */
  blob: Type.Optional(Type.String({ minLength: 43, maxLength: 43 })),
  /** A word that somebody this hub follows says of it, or none of them does. */
  label: Type.Optional(Type.String({ maxLength: 60 })),
  withoutLabel: Type.Optional(Type.String({ maxLength: 60 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  after: Type.Optional(Type.String({ maxLength: 120 })),
});
const Page = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: -1, maximum: Number.MAX_SAFE_INTEGER })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: statementsPerPage })),
});

export function releaseRoutes(app: TypedApp, ctx: HubContext): void {
  const feed = new ReleaseFeed({
    changes: ctx.changes,
    read: (digest) => getRelease(ctx, digest),
    mayGoOn: (error) => isOver(ctx, error),
    onFailure: (err) => ctx.log.warn({ err }, 'the event streams of a release ended early'),
  });
  const followers: Followers = { feed, places: new FollowerPlaces(ctx.config.limits) };
  app.get(
    '/v1/releases',
    { schema: { summary: 'Releases, newest first', querystring: Query, response: { 200: ReleaseList } } },
    (request) => listReleases(ctx, request.query),
  );
  app.post(
    '/v1/releases',
    {
      bodyLimit: 2 * 1024 * 1024,
      schema: {
        summary: 'Publish a release whose bytes have arrived',
        body: PublishRequest,
        response: { 200: PublishAnswer, 201: PublishAnswer },
      },
    },
    async (request, reply) => {
      const answer = await publishRelease(ctx, {
        manifest: request.body.manifest,
        statement: request.body.statement as Statement,
        network: networkOfClient(ctx, request, 'party'),
      });
      return reply.status(answer.created ? 201 : 200).send(answer);
    },
  );
  for (const { whole, above, params } of releaseAddresses) {
    app.get(
      `/v1/releases/${whole}`,
      { schema: { summary: 'One release', params, response: { 200: ReleaseView } } },
      (request) => getRelease(ctx, nameOf(request.params)),
    );
    app.get(
      `/v1/releases/${above}/statements`,
      {
        schema: {
          summary: 'The evidence about a release in log order, a page at a time: `after` is the last `seq` seen',
          params,
          querystring: Page,
          response: { 200: StatementList },
        },
      },
      async (request) => {
        const release = await findRelease(ctx, nameOf(request.params));
        return { statements: await listStatements(ctx, release.digest, request.query) };
      },
    );
    app.get(
      `/v1/releases/${above}/events`,
      { schema: { summary: 'The release now and after every change (server-sent events)', params } },
      (request, reply) => streamRelease(ctx, nameOf(request.params), reply, followers),
    );
  }
}

/** Waits for the end of an outage. A page whose stream ended in one would be answered 503, and not come again. */
async function isOver({ outages }: HubContext, error: unknown): Promise<boolean> {
  if (outages.errorOf(error) === null) return false;
  await new Promise((resolve) => setTimeout(resolve, 200));
  await outages.untilOver(outages.signal);
  return !outages.signal.aborted;
}
