import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { openSegment, type Segment } from './segment.ts';

const ending = '.calls';

/** A new name for a segment that begins at this time: it says so, and no other start of the node gives the same. */
export const nameSegment = (at: number) => `${at}-${Math.random().toString(36).slice(2, 12)}${ending}`;

/**
 * The segments that earlier starts left, the oldest first, before anything in them is read: what is too old or too much goes
 * without being read. What is no file is passed over: it never stops the start.
 */
export async function listSegments(directory: string, log: Pick<Logger, 'warn'>): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of (await readdir(directory)).filter((each) => each.endsWith(ending))) {
    const path = join(directory, name);
    try {
      const found = await stat(path);
      if (!found.isFile()) throw new Error('it is no file');
      const startedAt = Number.parseInt(name, 10) || 0;
      // Whoever set back the time of the file, or the clock, makes no call older than the name says.
      const lastAt = Math.max(startedAt, found.mtimeMs);
      segments.push({ ...openSegment(path, startedAt), lastAt, bytes: found.size, isClosed: true });
    } catch (error) {
      log.warn({ err: error, path }, 'kept calls of an earlier start cannot be read');
    }
  }
  return segments.sort((a, b) => a.lastAt - b.lastAt);
}
