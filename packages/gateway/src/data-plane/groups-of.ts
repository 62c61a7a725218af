import type { ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import { BoundedMap } from '../limits/bounded-map.ts';
import { type CallGroups, callGroups } from '../standings/call-groups.ts';

const rememberedCallers = 256;
const known = new WeakMap<ReleaseView, BoundedMap<string, CallGroups>>();

/**
 * With whom a call shares the room of a node. A release by another name is the same release. Remembered for the callers of
 * lately: the names are long, and Maps are asked for each of them four times a call.
 */
export function groupsOf(release: ReleaseView, { caller, origin: { network } }: Call): CallGroups {
  let ofRelease = known.get(release);
  if (!ofRelease) {
    ofRelease = new BoundedMap(rememberedCallers);
    known.set(release, ofRelease);
  }
  const key = `${network} ${caller.address}`;
  const groups = ofRelease.get(key);
  if (groups) return groups;
  const fresh = callGroups({
    publisher: release.manifest.publisher,
    release: release.digest,
    network,
    key: caller.address,
  });
  ofRelease.set(key, fresh);
  return fresh;
}
