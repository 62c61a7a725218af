/** A bar of so many characters; `share` is from 0 to 1. Without blocks it is ASCII. */
export function formatBar(share: number, width: number, blocks = true): string {
  const filled = Math.max(0, Math.min(1, share)) * width;
  if (!blocks) return `[${'#'.repeat(Math.round(filled)).padEnd(width)}]`;
  const eighths = Math.round(filled * 8);
  const full = Math.floor(eighths / 8);
  const part = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ' ';
  const bar = full >= width ? '█'.repeat(width) : '█'.repeat(full) + part + ' '.repeat(width - full - 1);
  return `▕${bar}▏`;
}
