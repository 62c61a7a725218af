import {
  CallableError,
  conditionsAt,
  type Digest,
  formatReleaseRef,
  type Manifest,
  type PublishAnswer,
  parseManifest,
  type Statement,
  type StatementBody,
} from '@callable/protocol';
import { sql, type Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { checkActsFor } from '../curation/check-acts-for.ts';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { holdFiles } from '../files/drop-unwanted.ts';
import { appendStatement, lockLog } from '../fold/append-statement.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { checkPace, notePace } from '../statements/check-pace.ts';
import { checkStatement } from '../statements/check-statement.ts';
import { suggestVersion } from './suggest-version.ts';

/**
 * Puts a release on its path: its signed manifest into the log and its first job into the queue, in one
 * transaction, once every byte it names has arrived. Repeating it is harmless.
 */
export async function publishRelease(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'rules' | 'changes' | 'config'>,
  request: { manifest: unknown; statement: Statement; network: string },
): Promise<PublishAnswer> {
  const parsed = parse(request.manifest);
  if (!parsed.ok) throw new CallableError(parsed.reason, `The manifest is refused: ${parsed.message}.`);
  const { manifest, digest } = parsed;
  checkStatement(ctx, request.statement);
  checkSigned(request.statement, manifest, digest);
  const created = await ctx.db.transaction().execute(async (tx) => {
    await holdFiles(tx);
    await checkBytesArrived(ctx, manifest);
    const isNew = await insertRelease(ctx, tx, manifest, digest, request.network);
    // In the log's turn: a revocation that comes at the same time is either before this or after it.
    await lockLog(tx);
    await checkActsFor(ctx, tx, request.statement, manifest.publisher);
    if (!isNew) {
      await mendStore(ctx, tx, digest);
      return false;
    }
    await checkPace(ctx, tx, request.statement, request.network);
    await notePace(tx, await appendStatement(ctx, tx, request.statement), request.network);
    await enqueueJob(ctx, tx, { release: digest, step: 'store' });
    return true;
  });
  ctx.changes.emit({ topic: 'outbox', subject: '' });
  return { reference: formatReleaseRef(manifest), digest, created };
}

function parse(manifest: unknown): ReturnType<typeof parseManifest> {
  try {
    return parseManifest(manifest);
  } catch (cause) {
    // Half of a surrogate pair, or a number that JSON cannot say: no digest, so nothing to sign.
    throw new CallableError('ManifestInvalid', 'The manifest is refused: it has no canonical form.', { cause });
  }
}

/** Publishing the same files again is how a damaged release is mended: it is read back at once. */
async function mendStore(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  digest: Digest,
): Promise<void> {
  const state = await findReleaseState(tx, digest);
  const conditions = state ? conditionsAt(state, ctx.clock(), ctx.rules) : [];
  if (conditions.some(({ type, status }) => type === 'Stored' && status === 'False'))
    await enqueueJob(ctx, tx, { release: digest, step: 'store' });
}

function checkSigned(statement: Statement, manifest: Manifest, digest: Digest): void {
  if (statement.kind !== 'release.published')
    throw new CallableError('StatementInvalid', 'A release is published by a release.published statement.');
  const body = statement.body as StatementBody<'release.published'>;
  const same =
    body.publisher === manifest.publisher && body.name === manifest.name && body.version === manifest.version;
  if (statement.subject !== digest || !same)
    throw new CallableError(
      'DigestMismatch',
      `The statement is about ${statement.subject}, the manifest is ${digest}.`,
    );
}

async function checkBytesArrived(ctx: Pick<HubContext, 'blobs'>, manifest: Manifest): Promise<void> {
  for (const file of manifest.files) {
    const found = await ctx.blobs.stat(file.sha256);
    if (!found) throw new CallableError('UploadIncomplete', `The bytes of ${file.path} have not arrived.`);
    if (found.size !== file.size)
      throw new CallableError(
        'ManifestInvalid',
        `${file.path} is ${found.size} bytes, the manifest says ${file.size}.`,
      );
  }
}

/** True when this is a new release; false when exactly it exists; throws when the version has other content. */
export async function insertRelease(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  manifest: Manifest,
  digest: Digest,
  network: string | null,
): Promise<boolean> {
  const inserted = await tx
    .insertInto('release')
    .values({
      digest,
      publisher: manifest.publisher,
      name: manifest.name,
      version: manifest.version,
      manifest: toJsonText(manifest),
      bytes: manifest.files.reduce((sum, file) => sum + file.size, 0),
      published_at: ctx.clock(),
      network,
      search: searchText(manifest),
    })
    // Two publishes of one version at once: the second waits here for the first and then finds it.
    .onConflict((conflict) => conflict.doNothing())
    .returning('digest')
    .executeTakeFirst();
  if (inserted) {
    const names = [...new Set(manifest.files.map((file) => file.sha256))];
    await tx
      .insertInto('release_file')
      .values(names.map((sha256) => ({ sha256, release: digest })))
      .execute();
    return true;
  }
  const existing = await tx
    .selectFrom('release')
    .select('version')
    .select(sql<boolean>`digest = ${digest}`.as('same'))
    .where('publisher', '=', manifest.publisher)
    .where('name', '=', manifest.name)
    .execute();
  if (existing.some((row) => row.version === manifest.version && row.same)) return false;
  const free = suggestVersion(existing.map((row) => row.version));
  throw new CallableError(
    'VersionExists',
    `${formatReleaseRef(manifest)} exists with other content, and a version is never overwritten; ${free} is free.`,
  );
}

function searchText(manifest: Manifest): string {
  return [manifest.name, manifest.title, manifest.summary, manifest.task, ...(manifest.tags ?? []), manifest.publisher]
    .filter((part) => part !== undefined)
    .join(' ')
    .toLowerCase()
    .replaceAll('\u0000', ' ');
}
