import type { ReleaseView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { listReleaseBlobs } from '../walrus/list-release-blobs.ts';
import { findRelease } from './find-release.ts';
import { handlesOf, viewRelease } from './view-release.ts';

/** A release by reference or digest. */
export async function getRelease(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>, text: string): Promise<ReleaseView> {
  const release = await findRelease(ctx, text);
  const handles = await handlesOf(ctx, [release.publisher]);
  const view = viewRelease(ctx, release, handles.get(release.publisher) ?? null);
  return { ...view, blobs: await listReleaseBlobs(ctx, view.manifest) };
}
