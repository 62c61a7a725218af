import {
  CallableError,
  type FunnelStage,
  funnelStages,
  parseAddress,
  parseHandle,
  type ReleaseList,
} from '@callable/protocol';
import { type ExpressionBuilder, sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { listFollowedLabels } from '../curation/list-labels.ts';
import type { Schema } from '../db/schema.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { isRelied } from '../usage/figures/is-relied.ts';
import { readState } from './find-release.ts';
import { handlesOf, summarizeRelease } from './view-release.ts';

export type ReleaseFilter = {
  callable?: boolean;
  /** Those that stand at this stage now, or that stopped just before it. */
  stage?: FunnelStage;
  stopped?: FunnelStage;
  search?: string;
  publisher?: string;
  blob?: string;
  /** Only those to which somebody this hub follows says this word, or nobody of them does. */
  label?: string;
  withoutLabel?: string;
  limit?: number;
  after?: string;
};

/** Releases that match, newest first, a page at a time. */
export async function listReleases(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  filter: ReleaseFilter,
): Promise<ReleaseList> {
  const limit = filter.limit ?? 50;
  let query = ctx.db
    .selectFrom('release')
    .innerJoin('release_state', 'release_state.digest', 'release.digest')
    .selectAll('release')
    .select('release_state.state as state_text')
    .where('yanked', '=', false)
    .where('unlisted', '=', false)
    .orderBy('release.published_at', 'desc')
    .orderBy('release.digest', 'desc')
    .limit(limit + 1);
  if (filter.callable === true) query = query.where('release_state.callable_until', '>', ctx.clock());
  if (filter.callable === false) query = query.where('release_state.callable_until', '<=', ctx.clock());
  if (filter.stage !== undefined) query = query.where('release.digest', 'in', atStage(ctx, filter.stage, null));
  if (filter.stopped !== undefined)
    query = query.where('release.digest', 'in', atStage(ctx, stageBefore(filter.stopped), filter.stopped));
  for (const word of searchWords(filter.search)) query = query.where('release.search', 'like', `%${escapeLike(word)}%`);
  if (filter.publisher !== undefined)
    query = query.where('release.publisher', '=', await publisherAddress(ctx, filter.publisher));
  const { label, withoutLabel } = filter;
  if (label !== undefined) query = query.where((where) => where.exists(followedLabel(ctx, where, label)));
  if (withoutLabel !== undefined)
    query = query.where((where) => where.not(where.exists(followedLabel(ctx, where, withoutLabel))));
  const { blob } = filter;
  if (blob !== undefined)
    query = query.where('release.digest', 'in', (from) =>
      from.selectFrom('release_blob').select('release_blob.release').where('blob_id', '=', blob),
    );
  const after = parseCursor(filter.after);
  if (after) {
    query = query.where((where) =>
      where.or([
        where('release.published_at', '<', after.publishedAt),
        where.and([
          where('release.published_at', '=', after.publishedAt),
          where('release.digest', '<', after.digest as never),
        ]),
      ]),
    );
  }
  const rows = await query.execute();
  const page = rows.slice(0, limit);
  const handles = await handlesOf(
    ctx,
    page.map((row) => row.publisher),
  );
  const labels = await listFollowedLabels(
    ctx,
    page.map((row) => row.digest),
  );
  const last = page.at(-1);
  return {
    releases: page.map(({ state_text, ...release }) => {
      const state = readState(release, state_text);
      const summary = summarizeRelease(ctx, { ...release, state }, handles.get(release.publisher) ?? null);
      return { ...summary, labels: labels.get(release.digest) ?? [] };
    }),
    next: rows.length > limit && last ? `${last.published_at}.${last.digest}` : null,
  };
}

/** Releases that stand at one stage, and not at another. */
function atStage(
  { db, clock }: Pick<HubContext, 'db' | 'clock'>,
  stage: FunnelStage | null,
  without: FunnelStage | null,
) {
  const now = clock();
  let found = db.selectFrom('release_stage').select('release_stage.digest').where('listed', '=', true);
  if (stage === 'relied') found = found.where('worked_until', '>', now).where(sql<boolean>`${isRelied}`);
  else if (stage !== null && stage !== 'published') found = found.where(`${stage}_until`, '>', now);
  if (without === 'relied') found = found.where(sql<boolean>`not ${isRelied}`);
  else if (without === 'published') found = found.where('listed', '=', false);
  else if (without !== null) found = found.where(`${without}_until`, '<=', now);
  return found;
}

const stageBefore = (stage: FunnelStage): FunnelStage | null => funnelStages[funnelStages.indexOf(stage) - 1] ?? null;

function followedLabel(
  ctx: Pick<HubContext, 'clock' | 'config'>,
  where: ExpressionBuilder<Schema, 'release'>,
  word: string,
) {
  return where
    .selectFrom('label')
    .select('label.since')
    .whereRef('label.subject', '=', 'release.digest')
    .where('label.label', '=', word)
    .where(sql<boolean>`label.signer = any(${[...ctx.config.labelers]}::text[])`)
    .where(sql<boolean>`coalesce(label.expires_at > ${ctx.clock()}, true)`);
}

const searchWords = (text = '') =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 8);
const escapeLike = (word: string) => word.replace(/[\\%_]/g, '\\$&');

async function publisherAddress(ctx: Pick<HubContext, 'db'>, text: string) {
  const publisher = parseAddress(text) ?? parseHandle(text);
  if (!publisher) throw new CallableError('NameInvalid', `${JSON.stringify(text)} is neither an address nor a handle.`);
  return resolvePublisher(ctx, publisher);
}

function parseCursor(text: string | undefined): { publishedAt: number; digest: string } | null {
  if (text === undefined) return null;
  const parts = /^(\d{1,15})\.(sha256:[0-9a-f]{64})$/.exec(text);
  if (!parts) throw new CallableError('RequestInvalid', '`after` is not the `next` of an earlier page.');
  return { publishedAt: Number(parts[1]), digest: parts[2] ?? '' };
}
