import type { Candidate } from '../standings/candidate.ts';

/** Of the nodes that could answer, at most this share may be out for failures. */
const mostEjected = 0.5;

/**
 * Who gets calls. When more than half of the nodes are out for failures it is not they who are broken, or nobody else is
 * left: then all of them are asked too, after the others. Nothing that lied ever comes back so.
 */
export function settleEjections(able: readonly Candidate[]): {
  good: readonly Candidate[];
  lastResort: readonly Candidate[];
} {
  const good = able.filter(({ health }) => health === 'good' || health === 'trial');
  const failed = able.filter(({ health }) => health === 'failed');
  const isPanic = failed.length > mostEjected * (good.length + failed.length);
  return { good, lastResort: isPanic ? failed : [] };
}
