import type { Format, FormatTable } from './format.ts';

/** So many first bytes of a file tell its format. */
export const sniffedBytes = 320;

/** The format of a file by its first bytes: one that is sure, else the first that could be. Null when it is none of them. */
export function sniffFormat(formats: FormatTable, head: Uint8Array): Format | null {
  const rows = Object.values(formats);
  return rows.find((row) => row.takes(head) === 'yes') ?? rows.find((row) => row.takes(head) === 'maybe') ?? null;
}
