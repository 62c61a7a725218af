import { CallableError, formatReleaseRef, type ReleaseView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { viewLabel } from '../curation/list-labels.ts';
import { listPlaces } from '../queue/list-places.ts';
import { findDigest, newest, readState } from './find-release.ts';
import { findSurroundings } from './find-surroundings.ts';
import { viewBlobs } from './view-blobs.ts';
import { viewRelease } from './view-release.ts';
import { viewVerification } from './view-verification.ts';

/**
 * A release by digest, with everything that is known of it: at most three queries, and nothing is written. That it was
 * looked at is remembered in memory, so that what is stale is checked soon.
 */
export async function getRelease(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config' | 'looks'>,
  text: string,
): Promise<ReleaseView> {
  const { digest, alias } = await findDigest(ctx, text);
  const found = await findSurroundings(ctx, digest);
  if (!found) throw new CallableError('ReleaseNotFound', `There is no release ${text}.`);
  ctx.looks.add(digest);
  const { state_text, handle, labels, parts, working, ...release } = found;
  const state = readState(release, state_text);
  const view = viewRelease(ctx, { ...release, state }, handle);
  const other = view.callable ? undefined : newest(working);
  return {
    ...view,
    blobs: viewBlobs(view.manifest, parts),
    labels: labels.map(({ content }) => viewLabel(ctx, content)),
    verification: viewVerification(state),
    alias,
    queue: view.callable ? [] : await listPlaces(ctx, digest),
    lastWorking: other
      ? { reference: formatReleaseRef({ ...release, version: other.version }), digest: other.digest }
      : null,
  };
}
