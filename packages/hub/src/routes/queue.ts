import { CallableError, formatReleaseRef, QueuePlaces, QueueView } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listPlaces } from '../queue/list-places.ts';
import { placeDue } from '../queue/place-due.ts';
import { viewQueue } from '../queue/view-queue.ts';
import { findRelease } from '../releases/find-release.ts';

const ByReference = Type.Object({
  publisher: Type.String({ maxLength: 64 }),
  release: Type.String({ maxLength: 140 }),
});
const ByDigest = Type.Object({ release: Type.String({ maxLength: 80 }) });

export function queueRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/queue',
    {
      schema: {
        summary: 'What waits, runs and pauses, by step and by publisher: 50 publishers are named, all are counted',
        response: { 200: QueueView },
      },
    },
    () => viewQueue(ctx),
  );
  for (const [path, params] of [
    ['/v1/queue/:publisher/:release', ByReference],
    ['/v1/queue/:release', ByDigest],
  ] as const)
    app.get(
      path,
      {
        schema: {
          summary: 'Where the jobs of a release stand: what is ahead, how long it will take, and what that rests on',
          params,
          response: { 200: QueuePlaces },
        },
      },
      (request) => findPlaces(ctx, request.params),
    );
}

async function findPlaces(ctx: HubContext, params: { publisher?: string; release: string }): Promise<QueuePlaces> {
  const { publisher, release: name } = params;
  if (publisher === undefined && !name.startsWith('sha256:'))
    throw new CallableError('NameInvalid', `${JSON.stringify(name)} is not a digest.`);
  const release = await findRelease(ctx, publisher === undefined ? name : `${publisher}/${name}`);
  // Whoever asks for the places alone is told where the turns are now.
  await placeDue(ctx, release.digest);
  return {
    reference: formatReleaseRef(release),
    digest: release.digest,
    places: await listPlaces(ctx, release.digest),
  };
}
