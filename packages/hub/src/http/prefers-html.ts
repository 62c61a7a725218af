/**
 * Whether an Accept header (RFC 9110 §12.5.1) asks for a page rather than JSON: it names text/html, as browsers do,
 * and not JSON before it by its weight. Everybody else gets JSON.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const html = weightOf(accept, 'text/html');
  return html > 0 && html >= weightOf(accept, 'application/json');
}

function weightOf(accept: string | undefined, type: string): number {
  for (const range of (accept ?? '').slice(0, 2000).split(',')) {
    const [name, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (name !== type) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const value = weight === undefined ? 1 : Number(weight.slice(2));
    return Number.isFinite(value) ? value : 0;
  }
  return 0;
}
