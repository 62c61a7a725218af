import type { Address, NodeLink, ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { GatewayContext } from '../context.ts';
import { listCandidates } from '../routing/list-candidates.ts';
import type { Candidate } from '../standings/candidate.ts';
import { groupsOf } from './groups-of.ts';

type Found = ReturnType<typeof listCandidates>[number];

/** So many warm nodes whose answers are trusted are enough: beyond them nobody loads a model for a copy. */
const enoughWarm = 2;

/**
 * Whose answer is to be compared with that of `answered`, if anybody's: a node of standing that has not answered this
 * release right yet, so that it takes calls within seconds; else a newcomer, of the network that waited longest.
 */
export function choosePupil(ctx: GatewayContext, release: ReleaseView, call: Call, answered: Address): NodeLink | null {
  const found = listCandidates(ctx, release.digest, groupsOf(release, call));
  const teacher = found.find(({ candidate }) => candidate.node === answered)?.candidate;
  // The word of a newcomer proves nothing of another.
  if (teacher?.rank !== 'standing') return null;
  const others = found.filter(({ candidate }) => candidate.node !== answered && isFree(candidate));
  const colleague = findColleague(ctx, release, others);
  if (colleague) return colleague.link;
  const newcomers = others.filter(({ candidate }) => candidate.rank === 'newcomer');
  if (newcomers.length === 0) return null;
  const network = ctx.copyPace.takeNewcomer([...new Set(newcomers.map(({ candidate }) => candidate.network ?? ''))]);
  const alike = newcomers.filter(({ candidate }) => candidate.network === network);
  // Any of them: whoever makes keys in a network does not keep out the one that was there.
  return alike[(ctx.random(1)[0] ?? 0) % Math.max(1, alike.length)]?.link ?? null;
}

function findColleague(ctx: GatewayContext, release: ReleaseView, others: readonly Found[]): Found | undefined {
  const standing = others.filter(({ candidate }) => candidate.rank === 'standing');
  const provenWarm = standing.filter(({ candidate }) => candidate.proven && candidate.state === 'warm').length;
  return standing
    .filter(({ candidate }) => !candidate.proven)
    .filter(({ candidate }) => candidate.state === 'warm' || 1 + provenWarm < enoughWarm)
    .sort((a, b) => Number(b.candidate.state === 'warm') - Number(a.candidate.state === 'warm'))
    .find(({ candidate }) => ctx.copyPace.mayProve(candidate.node, release.digest));
}

const isFree = ({ state, quarantined, draining, full, health }: Candidate) =>
  state !== null && quarantined === null && !draining && !full && (health === 'good' || health === 'trial');
