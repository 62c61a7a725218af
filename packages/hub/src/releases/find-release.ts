import {
  CallableError,
  compareVersions,
  type Digest,
  emptyReleaseState,
  formatReleaseRef,
  parseDigest,
  parseReleaseRef,
  type ReleaseRef,
  type ReleaseState,
} from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { HubContext } from '../context.ts';
import { type JsonText, readJson } from '../db/json-text.ts';
import type { ReleaseTable } from '../db/schema.ts';
import { findVersions, type Version } from './find-versions.ts';

export type FoundRelease = Selectable<ReleaseTable> & {
  state: ReleaseState;
  /** `publisher/name` of the alias it was asked for by. */
  alias: string | null;
};

/**
 * A release by digest, `publisher/name@digest` or `publisher/name[@version]`, with its state. Without a version it is
 * what an alias of that name says, else the newest that is neither yanked nor hidden by this hub.
 */
export async function findRelease(ctx: Pick<HubContext, 'db'>, text: string): Promise<FoundRelease> {
  const { digest, alias } = await findDigest(ctx, text);
  const row = await selectRelease(ctx, digest).executeTakeFirst();
  if (!row) throw new CallableError('ReleaseNotFound', `There is no release ${text}.`);
  const { state_text, ...release } = row;
  return { ...release, state: readState(release, state_text), alias };
}

/** A release with the text of its kept state, to be read by `readState`. */
export const selectRelease = (ctx: Pick<HubContext, 'db'>, digest: Digest) =>
  ctx.db
    .selectFrom('release')
    .leftJoin('release_state', 'release_state.digest', 'release.digest')
    .selectAll('release')
    .select('release_state.state as state_text')
    .where('release.digest', '=', digest);

export const readState = (
  { published_at }: { published_at: number },
  text: JsonText<ReleaseState> | null,
): ReleaseState => (text === null ? emptyReleaseState(published_at) : readJson(text));

/** Which release is meant, whether it exists or not when it is asked for by digest: at most one query. */
export async function findDigest(
  ctx: Pick<HubContext, 'db'>,
  text: string,
): Promise<{ digest: Digest; alias: string | null }> {
  const named = parseDigest(text);
  return named ? { digest: named, alias: null } : digestOfReference(ctx, text);
}

async function digestOfReference(
  ctx: Pick<HubContext, 'db'>,
  text: string,
): Promise<{ digest: Digest; alias: string | null }> {
  const ref = parse(text);
  const { target, versions } = await findVersions(ctx, ref);
  if (target === null) return { digest: chooseDigest(versions, text, ref), alias: null };
  return { digest: chooseDigest(versions, target, parse(target)), alias: formatReleaseRef(ref) };
}

function parse(text: string): ReleaseRef {
  const ref = parseReleaseRef(text);
  if (!ref)
    throw new CallableError('NameInvalid', `${JSON.stringify(text)} is not a reference like publisher/name@1.0.0.`);
  return ref;
}

function chooseDigest(rows: readonly Version[], text: string, { version, digest }: ReleaseRef): Digest {
  const found = digest ? rows.find((row) => row.digest === digest) : chooseVersion(rows, version);
  if (found) return found.digest;
  if (rows.length === 0) throw new CallableError('ReleaseNotFound', `There is no model ${text}.`);
  if (!version && !digest) throw allYanked(text, rows);
  const known = rows.filter((row) => !row.yanked && !row.unlisted).map((row) => row.version);
  const which = known.length > 0 ? `; its versions are ${known.sort(compareVersions).slice(-5).join(', ')}` : '';
  throw new CallableError('ReleaseNotFound', `${text} does not exist${which}.`);
}

function chooseVersion(rows: readonly Version[], version: string | null): Version | undefined {
  if (version) return rows.find((row) => row.version === version);
  const standing = rows.filter((row) => !row.yanked);
  // Where there is nothing else, a tombstone is shown and not silence.
  return newest(standing.filter((row) => !row.unlisted)) ?? newest(standing);
}

function allYanked(text: string, rows: readonly Version[]): CallableError {
  const last = newest(rows);
  return new CallableError(
    'ReleaseYanked',
    `Every version of ${text} is yanked; the last was ${last?.version}, to be named by its digest as ${text}@${last?.digest}.`,
  );
}

/** The highest version; a prerelease only when there is nothing else. */
export function newest<Row extends { version: string }>(rows: readonly Row[]): Row | undefined {
  const sorted = [...rows].sort((a, b) => compareVersions(b.version, a.version));
  return sorted.find((row) => !row.version.includes('-')) ?? sorted[0];
}
