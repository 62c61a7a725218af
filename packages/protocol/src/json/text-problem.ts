// With the u flag a well-formed pair is one code point, so only lone halves match.
const loneSurrogate = /[\uD800-\uDFFF]/u;

/** Why a text has no one spelling in UTF-8, or null when it has. Alone here: a page that signs needs no more of JSON. */
export const textProblem = (text: string) => (loneSurrogate.test(text) ? 'a text holds a lone surrogate' : null);
