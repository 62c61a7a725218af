import { type Address, parseAddress } from '../identity/address.ts';
import { ownMember } from '../json/own-member.ts';
import type { RequestTerms } from './request-terms.ts';

/**
 * In whose name a call was signed, where it is not the signer's: `onBehalfOf` among the further terms of the request. Null
 * where it says nothing of it, `invalid` where what it says is no address. That the key may do so is for the log to say.
 */
export function onBehalfOf(terms: Pick<RequestTerms, 'more'> | null | undefined): Address | 'invalid' | null {
  const said = terms?.more && ownMember(terms.more, 'onBehalfOf');
  if (said === undefined) return null;
  return (typeof said === 'string' && parseAddress(said)) || 'invalid';
}
