import {
  type Address,
  conditionsAt,
  formatReleaseRef,
  isCallable,
  type ReleaseSummary,
  type ReleaseView,
} from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { FoundRelease } from './find-release.ts';
import { viewNotices } from './view-notices.ts';

/** A release as the API shows it, with its conditions at this moment. */
export function viewRelease(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  release: Omit<FoundRelease, 'alias'>,
  handle: string | null,
): ReleaseView {
  const conditions = conditionsAt(release.state, ctx.clock(), ctx.rules);
  return {
    reference: formatReleaseRef(release),
    digest: release.digest,
    handle,
    publishedAt: new Date(release.published_at).toISOString(),
    manifest: readJson(release.manifest),
    callable: isCallable(conditions),
    conditions,
    notices: viewNotices(release.state, ctx.rules.hub),
  };
}

/** The same as one row of a list. */
export function summarizeRelease(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  release: Omit<FoundRelease, 'alias'>,
  handle: string | null,
): ReleaseSummary {
  const { manifest, ...view } = viewRelease(ctx, release, handle);
  return {
    ...view,
    title: manifest.title ?? null,
    summary: manifest.summary ?? null,
    task: manifest.task ?? null,
    tags: manifest.tags ?? [],
    bytes: release.bytes,
  };
}

/** The first handle each of these publishers claimed. */
export async function handlesOf(
  ctx: Pick<HubContext, 'db'>,
  publishers: readonly Address[],
): Promise<Map<Address, string>> {
  if (publishers.length === 0) return new Map();
  const rows = await ctx.db
    .selectFrom('handle')
    .selectAll()
    .where('owner', 'in', [...new Set(publishers)])
    .orderBy('statement_seq', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.owner, row.handle]));
}
