import {
  type Address,
  type Condition,
  conditionsAt,
  documentationOf,
  formatReleaseRef,
  isCallable,
  type Manifest,
  provesOnlySignature,
  type ReleaseSummary,
  type ReleaseView,
  signatureSentence,
  truthOf,
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
  const manifest = readJson(release.manifest);
  const conditions = sayWhatIsProved(conditionsAt(release.state, ctx.clock(), ctx.rules), manifest);
  return {
    reference: formatReleaseRef(release),
    digest: release.digest,
    handle,
    publishedAt: new Date(release.published_at).toISOString(),
    manifest,
    truth: truthOf(manifest),
    documented: documentationOf(manifest),
    callable: isCallable(conditions),
    conditions,
    reached: Object.fromEntries(
      Object.entries(release.state.reached).map(([stage, at]) => [stage, new Date(at).toISOString()]),
    ),
    notices: viewNotices(release.state, ctx.rules.hub),
  };
}

/** Wherever it reads that vectors passed, it also reads what that is worth. */
function sayWhatIsProved(conditions: Condition[], manifest: Manifest): Condition[] {
  if (!provesOnlySignature(manifest)) return conditions;
  return conditions.map((condition) =>
    condition.reason === 'VectorsPassed' || condition.reason === 'ProbeAnswered'
      ? { ...condition, message: `${condition.message} ${signatureSentence}` }
      : condition,
  );
}

/** The same as one row of a list. */
export function summarizeRelease(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  release: Omit<FoundRelease, 'alias'>,
  handle: string | null,
): ReleaseSummary {
  const { manifest, reached: _, ...view } = viewRelease(ctx, release, handle);
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
