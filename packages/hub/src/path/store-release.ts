import { type Manifest, signStatement } from '@callable/protocol';
import { verifyBlob } from '@callable/storage';
import type { HubContext } from '../context.ts';
import type { LeasedJob } from '../jobs/lease-job.ts';
import { extendLease } from '../jobs/lease-job.ts';
import type { JobOutcome } from '../jobs/settle-job.ts';
import { findRelease } from '../releases/find-release.ts';

/** Stored: every file is read back, whole, and compared with the hashes the publisher signed. */
export async function storeRelease(
  ctx: Pick<HubContext, 'db' | 'blobs' | 'clock' | 'key' | 'rules'>,
  job: LeasedJob,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const release = await findRelease(ctx, job.release);
  const manifest = JSON.parse(release.manifest) as Manifest;
  const finding = await readBack(ctx, job, manifest, signal);
  const body = { ...finding, files: manifest.files.length, bytes: release.bytes };
  const statement = signStatement(
    { kind: 'release.stored', subject: job.release, body, issuedAt: ctx.clock() },
    ctx.key,
  );
  const { storedSeconds } = ctx.rules.policy.freshness;
  return {
    statements: [statement],
    enqueue: finding.ok ? [{ step: 'draw' }] : [],
    // Well before the last reading grows old; a damaged file is looked at again soon, in case it was repaired.
    againAt: ctx.clock() + (finding.ok ? storedSeconds * 800 : 10 * 60_000),
  };
}

async function readBack(
  ctx: Pick<HubContext, 'blobs' | 'db' | 'clock'>,
  job: LeasedJob,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<{ ok: boolean; reason: string; message: string }> {
  for (const file of manifest.files) {
    await extendLease(ctx, job, 90_000 + Math.ceil(file.size / 20_000));
    const verdict = await verifyBlob(ctx.blobs, file.sha256, file.size, { signal });
    if (!verdict.ok) return { ok: false, reason: verdict.reason, message: `${file.path}: ${verdict.message}` };
  }
  const count = manifest.files.length;
  return {
    ok: true,
    reason: 'AllFilesReadBack',
    message: `${count} of ${count} files were read back and matched their hashes.`,
  };
}
