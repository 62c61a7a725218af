import type { Address, StatementBody } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { FoundRelease } from '../releases/find-release.ts';

/** A report that a release failed for a reason that a busy or small machine can cause: a timeout, a killed process. */
export type Accident = { node: Address; statement: string; at: number };

/** So many such reports are no accident any more: the release itself is too slow, or kills its process. */
const mostAccidents = 3;
/** How soon the same node is asked again, when there is no other; doubled each time. */
const firstPauseMs = 30_000;

/** The accidents of this epoch, first come first. Reports of nodes that were never asked are none. */
export async function listAccidents(
  ctx: Pick<HubContext, 'db' | 'rules'>,
  { digest }: Pick<FoundRelease, 'digest'>,
): Promise<Accident[]> {
  const rows = await ctx.db
    .selectFrom('statement')
    .innerJoin('job', (join) =>
      join.onRef('job.release', '=', 'statement.subject' as never).onRef('job.assignee', '=', 'statement.signer'),
    )
    .select(['statement.id', 'statement.signer', 'statement.logged_at', 'statement.content'])
    .where('statement.subject', '=', digest)
    .where('statement.kind', '=', 'release.validated')
    .where('job.step', '=', 'validate')
    .orderBy('statement.seq', 'desc')
    .limit(100)
    .execute();
  return rows
    .reverse()
    .filter(({ content }) => {
      const { ok, deterministic, epoch } = readJson(content).body as StatementBody<'release.validated'>;
      return !ok && !deterministic && epoch === ctx.rules.policy.epoch;
    })
    .map((row) => ({ node: row.signer, statement: row.id, at: row.logged_at }));
}

/** Whether a verdict of False rests on accidents, few enough to ask once more. */
export function mayRepeat({ state }: FoundRelease, accidents: readonly Accident[]): boolean {
  if (!state.panel || accidents.length >= mostAccidents) return false;
  const { validators, quorum, round } = state.panel;
  if (round && !round.open)
    return round.seeds.some((seed) => accidents.some(({ statement }) => statement === state.reports[seed]?.statement));
  const failed = validators.map((node) => state.reports[node]).filter((report) => report?.ok === false);
  const certain = failed.filter((report) => !accidents.some(({ statement }) => statement === report?.statement));
  return certain.length < failed.length && certain.length <= validators.length - quorum;
}

/** When a node may be asked again after its accident, milliseconds; null when its last report stands. */
export function askAgainAt({ state }: FoundRelease, accidents: readonly Accident[], node: Address): number | null {
  const last = accidents.find(({ statement }) => statement === state.reports[node]?.statement);
  if (!last || accidents.length >= mostAccidents) return null;
  return last.at + firstPauseMs * 2 ** (accidents.length - 1);
}
