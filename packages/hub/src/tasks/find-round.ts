import type { Address, Digest, Panel } from '@callable/protocol';
import type { Kysely } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findReleaseState } from '../fold/find-release-state.ts';
import { connectedForMs } from '../nodes/list-connected-nodes.ts';
import { longestWorkMs } from './longest-work.ts';

/** The round of a release: who has been drawn, who has committed, and who is still waited for. */
export type Round = {
  panel: Panel;
  commitments: Readonly<Record<Address, string>>;
  /** Who is still at it, without having committed. */
  waitedFor: readonly Address[];
  /** When those who committed did, first come first, milliseconds. */
  committedAt: readonly number[];
  /** Where seeds are named: whether one of this round has committed or reported, and when the last of them committed. */
  seed: { isThere: boolean; committedAt: number | null } | null;
  /** Commitments that make a quorum with the reports there are of validators who are not asked again. */
  needed: number;
};

/** The round of a release as it stands; null before anybody was drawn. */
export async function findRound(
  ctx: Pick<HubContext, 'clock'>,
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  release: Digest,
): Promise<Round | null> {
  const state = await findReleaseState(db, release);
  if (!state?.panel) return null;
  const { panel, commitments, reports } = state;
  const asked = await listAsked(ctx, db, release, panel.validators);
  const hasCommitted = (node: Address) => commitments[node] !== undefined;
  const reported = panel.validators.filter(
    (node) => reports[node] !== undefined && !asked.has(node) && !hasCommitted(node),
  );
  const round = panel.round && !panel.round.open ? panel.round : null;
  const seeds = (round?.seeds ?? []).filter((node) => hasCommitted(node));
  const hasReported = round?.seeds.some((node) => reports[node]?.round === round.id) ?? false;
  return {
    panel,
    commitments,
    seed: round && {
      isThere: hasReported || seeds.length > 0,
      committedAt: (await listCommitTimes(db, release, seeds)).at(-1) ?? null,
    },
    waitedFor: panel.validators.filter((node) => asked.has(node) && !hasCommitted(node)),
    committedAt: await listCommitTimes(db, release, panel.validators.filter(hasCommitted)),
    needed: Math.max(1, panel.quorum - reported.length),
  };
}

/**
 * The validators that are at work, or will be as soon as they ask: neither gone, nor resting after a failure, nor busy
 * with something else for longer than a task can take.
 */
async function listAsked(
  ctx: Pick<HubContext, 'clock'>,
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  release: Digest,
  validators: readonly Address[],
): Promise<Set<Address>> {
  if (validators.length === 0) return new Set();
  const now = ctx.clock();
  const rows = await db
    .selectFrom('job')
    .leftJoin('node', 'node.address', 'job.assignee' as never)
    .select(['job.assignee', 'job.state', 'job.lease_until', 'job.run_at', 'node.last_seen_at'])
    .where('job.release', '=', release)
    .where('job.step', '=', 'validate')
    .where('job.assignee', 'in', validators)
    .execute();
  const isAtIt = (row: (typeof rows)[number]) =>
    row.state === 'leased'
      ? (row.lease_until ?? 0) > now
      : row.state === 'ready' &&
        row.run_at <= now &&
        row.run_at > now - longestWorkMs &&
        (row.last_seen_at ?? 0) > now - connectedForMs;
  return new Set(rows.filter(isAtIt).map((row) => row.assignee as Address));
}

async function listCommitTimes(
  db: Pick<Kysely<Schema>, 'selectFrom'>,
  release: Digest,
  committed: readonly Address[],
): Promise<number[]> {
  if (committed.length === 0) return [];
  const rows = await db
    .selectFrom('statement')
    .select(['signer', (select) => select.fn.max('logged_at').as('at')])
    .where('subject', '=', release)
    .where('kind', '=', 'release.committed')
    .where('signer', 'in', committed)
    .groupBy('signer')
    .execute();
  return rows.map((row) => Number(row.at)).sort((a, b) => a - b);
}
