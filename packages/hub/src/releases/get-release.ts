import type { ReleaseView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { listLabels } from '../curation/list-labels.ts';
import { listPlaces } from '../queue/list-places.ts';
import { wakeStale } from '../queue/wake-stale.ts';
import { findLastWorking } from './find-last-working.ts';
import { findRelease } from './find-release.ts';
import { listReleaseBlobs } from './list-release-blobs.ts';
import { handlesOf, viewRelease } from './view-release.ts';
import { viewVerification } from './view-verification.ts';

/** A release by reference or digest, with everything that is known of it. */
export async function getRelease(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config' | 'changes'>,
  text: string,
): Promise<ReleaseView> {
  const release = await findRelease(ctx, text);
  await wakeStale(ctx, ctx.db, release.digest, release.state);
  const handles = await handlesOf(ctx, [release.publisher]);
  const view = viewRelease(ctx, release, handles.get(release.publisher) ?? null);
  return {
    ...view,
    blobs: await listReleaseBlobs(ctx, view.manifest),
    labels: await listLabels(ctx, release.digest),
    verification: viewVerification(release.state),
    alias: release.alias,
    queue: view.callable ? [] : await listPlaces(ctx, release.digest),
    lastWorking: view.callable ? null : await findLastWorking(ctx, release),
  };
}
