import { CallableError, type Condition, findReason, type ReasonCode, type ReleaseView } from '@callable/protocol';
import type { Candidate } from '../standings/candidate.ts';

const retryAfterSeconds = 5;

/**
 * Throws when the evidence says that this release must not be called. Unknown is not False: a release nobody has
 * checked lately still answers where a node holds it, or the first probe could never get through.
 */
export function refuseUncallable(release: ReleaseView): void {
  const blocking = release.conditions.find(
    ({ type, status }) => status === 'False' && (type === 'Uploaded' || type === 'Stored' || type === 'Verified'),
  );
  if (blocking) throw refusalOf(release, blocking);
  if (release.manifest.price !== null)
    throw new CallableError('UnsupportedFormat', 'The release has a price, and this gateway cannot charge one.', {
      details: { release: release.reference },
    });
}

/** Why no node could be asked, told by the nodes if any holds the release, else by what the release lacks. */
export function explainNoNode(release: ReleaseView, candidates: readonly Candidate[]): CallableError {
  const holding = candidates.filter(({ state, draining }) => state !== null && !draining);
  const able = holding.filter(({ quarantined }) => quarantined === null);
  const details = { release: release.reference, retryAfterSeconds: 1 };
  if (able.some(({ health }) => health !== 'lied')) return new CallableError('NodeBusy', undefined, { details });
  if (able.length > 0)
    return new CallableError('NodeUnavailable', 'Every node that holds this release has failed lately.', {
      details: { ...details, retryAfterSeconds },
    });
  const quarantined = candidates.find((candidate) => candidate.quarantined !== null);
  if (quarantined)
    return new CallableError(
      'Quarantined',
      `Every node that holds this release has stopped running it: ${quarantined.quarantined}`,
      {
        details: { ...details, conditions: release.conditions },
      },
    );
  const failing = release.conditions.find(isReasonForNoNode);
  if (failing) return refusalOf(release, failing);
  return new CallableError('NoNodeHoldsModel', undefined, {
    details: { release: release.reference, conditions: release.conditions, retryAfterSeconds },
  });
}

/**
 * What a release still lacks before a node would hold it. Never Reachable: probes come through here, and echoing
 * what the last one said (AwaitingProbe, ProbeTimeout) would keep the hub from learning that a node is missing.
 */
const isReasonForNoNode = ({ type, status, reason }: Condition) =>
  status !== 'True' && reason !== 'CheckStale' && (type === 'Uploaded' || type === 'Stored' || type === 'Verified');

function refusalOf(release: ReleaseView, condition: Condition): CallableError {
  const reason = findReason(condition.reason);
  const code: ReasonCode = reason && reason.status >= 400 ? (condition.reason as ReasonCode) : 'NotCallable';
  return new CallableError(code, condition.message, {
    details: {
      release: release.reference,
      conditions: release.conditions,
      ...(reason?.retry === false ? {} : { retryAfterSeconds }),
    },
  });
}
