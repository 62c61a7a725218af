/**
 * A stranger's text as part of one of our own sentences: bounded, and without halves of surrogate pairs, which have no
 * canonical form and would make the statement impossible to sign.
 */
export function boundText(text: string, maxLength = 900): string {
  return text
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}
