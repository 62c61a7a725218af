import { ownMember } from '../json/own-member.ts';
import type { RequestTerms } from './request-terms.ts';

/** The terms of a call whose caller says no more than that it acts on the answer, as `writeTerms` spells them. */
export const reliesText = '{"more":{"relies":true}}';
/** What such a request signs as its `extra`: sha256 of `{"relies":true}`. Known, as whoever relies does so in every call. */
export const reliesExtra = '42b0c964fe6f014eb582442b5bd7948e8bea5d32e8407585758ce95ebea92f82';

/** Whether the caller signed with its request that it acts on the answer. Any other value than true says nothing. */
export const doesRely = (terms: Pick<RequestTerms, 'more'> | null | undefined): boolean =>
  terms?.more !== undefined && ownMember(terms.more, 'relies') === true;
