import { escapeXml } from '../feeds/escape-xml.ts';
import { measureText } from './measure-text.ts';
import type { BadgeTone, BadgeWords } from './say-badge.ts';

/** White on each of these reads at 4.5 to 1 or better (WCAG AA), so also where colours are told apart badly. */
export const badgeColors: { readonly [Tone in BadgeTone]: string } = {
  good: '#1a7f37',
  bad: '#b42318',
  waiting: '#8a5a00',
  unknown: '#57606a',
};
export const labelColor = '#32383f';

const margin = 6;

/**
 * The badge as SVG: no script, no link, no style, nothing fetched. It is drawn by pages of strangers, so every text in it
 * is escaped, whatever its grammar promises.
 */
export function drawBadge({ label, message, tone }: Pick<BadgeWords, 'label' | 'message' | 'tone'>): string {
  const [left, right] = [label, message].map((text) => measureText(text)) as [number, number];
  const [leftBox, rightBox] = [left + 2 * margin, right + 2 * margin];
  const width = leftBox + rightBox;
  const title = escapeXml(`${label}: ${message}`);
  const text = (what: string, x: number, length: number) =>
    `<text x="${x}" y="14" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escapeXml(what)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" viewBox="0 0 ${width} 20" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="20" rx="3" fill="${labelColor}"/>`,
    `<path d="M${leftBox} 0h${rightBox - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${rightBox - 3}z" fill="${badgeColors[tone]}"/>`,
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-rendering="geometricPrecision">',
    text(label, margin, left),
    text(message, leftBox + margin, right),
    '</g></svg>',
  ].join('');
}
