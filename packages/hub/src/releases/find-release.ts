import {
  CallableError,
  compareVersions,
  type Digest,
  emptyReleaseState,
  parseDigest,
  parseReleaseRef,
  type ReleaseState,
} from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { HubContext } from '../context.ts';
import type { ReleaseTable } from '../db/schema.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';

export type FoundRelease = Selectable<ReleaseTable> & { state: ReleaseState };

/** A release by `publisher/name[@version]` or digest, with its state; without a version the newest one. */
export async function findRelease(ctx: Pick<HubContext, 'db'>, text: string): Promise<FoundRelease> {
  const digest = parseDigest(text) ?? (await digestOfReference(ctx, text));
  const row = await ctx.db
    .selectFrom('release')
    .leftJoin('release_state', 'release_state.digest', 'release.digest')
    .selectAll('release')
    .select('release_state.state as state_text')
    .where('release.digest', '=', digest)
    .executeTakeFirst();
  if (!row) throw new CallableError('ReleaseNotFound', `There is no release ${text}.`);
  const { state_text, ...release } = row;
  const state =
    state_text === null ? emptyReleaseState(release.published_at) : (JSON.parse(state_text) as ReleaseState);
  return { ...release, state };
}

async function digestOfReference(ctx: Pick<HubContext, 'db'>, text: string): Promise<Digest> {
  const ref = parseReleaseRef(text);
  if (!ref)
    throw new CallableError('NameInvalid', `${JSON.stringify(text)} is not a reference like publisher/name@1.0.0.`);
  const publisher = await resolvePublisher(ctx, ref.publisher);
  const rows = await ctx.db
    .selectFrom('release')
    .select(['digest', 'version'])
    .where('publisher', '=', publisher)
    .where('name', '=', ref.name)
    .execute();
  const found = ref.version ? rows.find((row) => row.version === ref.version) : newest(rows);
  if (found) return found.digest;
  const known = rows.map((row) => row.version).sort(compareVersions);
  throw new CallableError(
    'ReleaseNotFound',
    known.length > 0
      ? `${text} does not exist; its versions are ${known.slice(-5).join(', ')}.`
      : `There is no model ${text}.`,
  );
}

/** The highest version; a prerelease only when there is nothing else. */
export function newest<Row extends { version: string }>(rows: readonly Row[]): Row | undefined {
  const sorted = [...rows].sort((a, b) => compareVersions(b.version, a.version));
  return sorted.find((row) => !row.version.includes('-')) ?? sorted[0];
}
