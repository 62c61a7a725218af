import { ownMember } from '@callable/protocol';
import type { Format, FormatTable } from './format.ts';

/** The row of a manifest's format. The word is a stranger's: null for one this program does not know. */
export function findFormat(formats: FormatTable, name: string): Format | null {
  return ownMember(formats, name) ?? null;
}

/** Why such a release cannot be run here, in one sentence. */
export function unknownFormat(formats: FormatTable, name: string): string {
  const known = Object.keys(formats).join(', ');
  return `The release is in the format ${JSON.stringify(name.slice(0, 60))}, which this software does not run; it runs ${known}.`;
}
