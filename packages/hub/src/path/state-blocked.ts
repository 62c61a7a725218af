import { type Statement, signStatement } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { FoundRelease } from '../releases/find-release.ts';

/** The statement that says why Verified waits or is False, unless the condition says it already. */
export function stateBlocked(
  ctx: Pick<HubContext, 'clock' | 'key'>,
  release: FoundRelease,
  status: 'False' | 'Unknown',
  finding: { reason: string; message: string },
): Statement[] {
  const { Verified } = release.state.tracks;
  if (Verified.reason === finding.reason && Verified.message === finding.message) return [];
  const body = { condition: 'Verified', status, ...finding };
  return [signStatement({ kind: 'release.blocked', subject: release.digest, body, issuedAt: ctx.clock() }, ctx.key)];
}
