import { join } from 'node:path';
import type { HubContext } from '../../context.ts';
import type { SegmentTable } from '../../db/calls-tables.ts';
import { writeFiles } from '../../log/directory/write-files.ts';
import type { Place } from '../desk/place.ts';

/** Where segments wait for their statement, by the sha256 of what is in the file. Nobody is shown them there. */
export const incoming = 'incoming';
export const incomingPath = (sha256: string): string => `${incoming}/${sha256}`;

/** Puts a segment where it survives a power cut; returns its path below the directory of the log. */
export async function writeSegment(ctx: Pick<HubContext, 'tlog'>, sha256: string, bytes: Uint8Array): Promise<string> {
  const path = incomingPath(sha256);
  await writeFiles(ctx.tlog.directory, [{ path, bytes }]);
  return path;
}

/** Where a segment stands; null where nothing of it was filed, or what was is lost. */
export function placeOf(
  { tlog }: Pick<HubContext, 'tlog'>,
  { file, offset, length }: Pick<SegmentTable, 'file' | 'offset' | 'length'>,
): Place | null {
  return file === null ? null : { path: join(tlog.directory, file), offset, length };
}
