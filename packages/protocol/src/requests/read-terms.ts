import { UnsignableError } from '../json/unsignable-error.ts';
import { Check } from '../schema/check.ts';
import { maxExtraBytes } from '../schema/extra.ts';
import { noTerms } from './no-terms.ts';
import { reliesText } from './relies.ts';
import { RequestTerms } from './request-terms.ts';
import { writeTerms } from './write-terms.ts';

const relying: RequestTerms = { ...noTerms, more: { relies: true } };

/** Six letters for every unit beyond ASCII in `more`, and what else there can be. */
const maxLength = 6 * maxExtraBytes + 1024;

/** The terms in this header, or null when they are not exactly what `writeTerms` would have written. */
export function readTerms(text: string | undefined): RequestTerms | null {
  if (text === undefined) return noTerms;
  // Half of what reading a call that relies costs.
  if (text === reliesText) return relying;
  if (text.length > maxLength) return null;
  try {
    const terms = { ...noTerms, ...JSON.parse(text) };
    return Check(RequestTerms, terms) && writeTerms(terms) === text ? terms : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UnsignableError) return null;
    throw error;
  }
}
