import type { ReleaseView } from '@callable/protocol';
import type { Call } from '../admission/call.ts';
import type { CallGroups } from '../standings/call-groups.ts';

/** With whom a call shares the room of a node. A release by another name is the same release. */
export const groupsOf = ({ digest, manifest }: ReleaseView, { caller, network }: Call): CallGroups => ({
  publisher: manifest.publisher,
  release: digest,
  network,
  key: caller.address,
});
