import { canonicalJson } from '../json/canonical-json.ts';
import { ownMember } from '../json/own-member.ts';
import { noTerms } from './no-terms.ts';
import type { RequestTerms } from './request-terms.ts';

/**
 * The terms of a request as one header: canonical JSON of those that are not as in `noTerms`, beyond ASCII as `\u` and four
 * digits. One spelling for each, so that two readers cannot read two things. Null when there is nothing to say.
 */
export function writeTerms(terms: Partial<RequestTerms>): string | null {
  const names = [...Object.keys(noTerms), 'more'] as (keyof RequestTerms)[];
  const given = names.filter((name) => terms[name] !== undefined && terms[name] !== ownMember(noTerms, name));
  if (given.length === 0) return null;
  const text = canonicalJson(Object.fromEntries(given.map((name) => [name, terms[name]])));
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
