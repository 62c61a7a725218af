import { formatReleaseRef, QueuePlaces, QueueView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { listPlaces } from '../queue/list-places.ts';
import { placeDue } from '../queue/place-due.ts';
import { viewQueue } from '../queue/view-queue.ts';
import { findRelease } from '../releases/find-release.ts';
import { nameOf, releaseAddresses } from './release-addresses.ts';

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
  for (const { whole, params } of releaseAddresses)
    app.get(
      `/v1/queue/${whole}`,
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
  const release = await findRelease(ctx, nameOf(params));
  // Whoever asks for the places alone is told where the turns are now.
  await placeDue(ctx, release.digest);
  return {
    reference: formatReleaseRef(release),
    digest: release.digest,
    places: await listPlaces(ctx, release.digest),
  };
}
