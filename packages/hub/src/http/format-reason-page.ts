import type { ReasonView } from '@callable/protocol';
import { ownMember } from '@callable/protocol';

/** A reason as a page without scripts or styles. */
export function formatReasonPage({ code, sentence, who, next, retry, status, conditions }: ReasonView): string {
  const rows: [string, string][] = [
    ['Who can do something', who],
    ['What', next === '' ? 'Nothing: all is well.' : next],
    [
      'Does waiting help?',
      retry ? 'Yes: the same request can succeed later.' : 'No: something has to be changed first.',
    ],
    ['HTTP status', String(status)],
    ['Conditions', conditions.length > 0 ? conditions.join(', ') : 'none: it only ends requests'],
  ];
  const shown = status < 400 ? rows.filter(([name]) => name === 'Conditions') : rows;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(code)} · Callable</title>
<h1>${escapeHtml(code)}</h1>
<p>${escapeHtml(sentence)}</p>
<dl>
${shown.map(([name, text]) => `<dt>${escapeHtml(name)}</dt>\n<dd>${escapeHtml(text)}</dd>`).join('\n')}
</dl>
<p><a href="/reasons">All reasons</a></p>
</html>
`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string) => text.replaceAll(/[&<>"']/g, (character) => ownMember(entities, character) ?? '');
