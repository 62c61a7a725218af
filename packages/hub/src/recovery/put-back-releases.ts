import { type Digest, type LogEntry, parseManifest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { insertRelease } from '../releases/publish-release.ts';
import type { LogSource } from './log-source.ts';

/** Its bytes are with nodes, if anywhere. One that looks before they have joined again looks ten minutes later. */
const untilNodesAreBackMs = 45_000;

/**
 * The log names releases by the digest of their manifest. A source that has the manifest brings the release back, and
 * its bytes are looked for at the next start; of the others the publisher has to publish again.
 */
export async function putBackReleases(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  sources: readonly LogSource[],
  entries: Iterable<LogEntry>,
): Promise<{ brought: Digest[]; missing: Digest[] }> {
  const brought: Digest[] = [];
  const missing: Digest[] = [];
  for (const { statement } of entries) {
    if (statement.kind !== 'release.published') continue;
    const digest = statement.subject as Digest;
    const known = await ctx.db.selectFrom('release').select('digest').where('digest', '=', digest).executeTakeFirst();
    if (known) continue;
    const isBack = await putBackRelease(ctx, sources, digest).catch(() => false);
    (isBack ? brought : missing).push(digest);
  }
  return { brought, missing };
}

async function putBackRelease(
  ctx: Pick<HubContext, 'db' | 'clock'>,
  sources: readonly LogSource[],
  digest: Digest,
): Promise<boolean> {
  for (const source of sources) {
    const parsed = parseManifest(await source.readManifest(digest).catch(() => null));
    if (!parsed.ok || parsed.digest !== digest) continue;
    await ctx.db.transaction().execute(async (tx) => {
      await insertRelease(ctx, tx, parsed.manifest, digest, null);
      await enqueueJob(ctx, tx, { release: digest, step: 'store', runAt: ctx.clock() + untilNodesAreBackMs });
    });
    return true;
  }
  return false;
}
