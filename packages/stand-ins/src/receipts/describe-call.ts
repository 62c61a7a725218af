import { hexOfDigest, type LinkCallHead, type Receipt1, type ReleaseView } from '@callable/protocol';
import { sha256 } from '../files/sha256.ts';

/** What a receipt says of an answer with this body to a call with this head. */
export const describeCall = (
  release: Pick<ReleaseView, 'digest' | 'manifest'>,
  head: Pick<LinkCallHead, 'request' | 'caller' | 'nonce'>,
  body: Uint8Array,
): Partial<Receipt1> => ({
  ...{ release: hexOfDigest(release.digest), model: release.manifest.files[0]?.sha256 ?? '', request: head.request },
  ...{ response: sha256(body), caller: head.caller, nonce: head.nonce },
});
