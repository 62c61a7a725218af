import { type Address, onBehalfOf, readTerms } from '@callable/protocol';

/** In whose name a call of these words was signed, by the place of its terms; null for its signer's own. Each is read once. */
export function principalsOf(texts: readonly string[]): (terms: number) => Address | null {
  const known = new Map<number, Address | null>();
  return (terms) => {
    if (terms < 0) return null;
    const found = known.get(terms);
    if (found !== undefined) return found;
    const said = onBehalfOf(readTerms(texts[terms]));
    const principal = said === 'invalid' ? null : said;
    known.set(terms, principal);
    return principal;
  };
}
