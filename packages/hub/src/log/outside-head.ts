import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makeDirectory, writeDurably } from '@callable/disk';
import { type Checkpoint, openCheckpoint } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { readOrNull } from './directory/read-log-file.ts';

type Outside = Pick<HubContext, 'tlog' | 'log' | 'config'>;

/** The last head of this log by the memory outside the data directory; null when there is none, or nothing to read. */
export async function readOutsideHead(ctx: Outside): Promise<(Checkpoint & { note: string }) | null> {
  const path = pathOf(ctx);
  if (!path) return null;
  try {
    const bytes = await readOrNull(path);
    if (!bytes) return null;
    const note = new TextDecoder().decode(bytes);
    const opened = openCheckpoint(note, ctx.tlog.key);
    if (opened.ok) return { ...opened.checkpoint, note };
    ctx.log.warn({ path }, 'the head kept outside the data directory is no head of this log and is not believed');
  } catch (error) {
    ctx.log.warn({ err: error, path }, 'the head kept outside the data directory cannot be read');
  }
  return null;
}

/** Keeps a head there. A place that cannot be written is a warning: the hub goes on with what it has in its directory. */
export async function writeOutsideHead(ctx: Outside, note: string): Promise<void> {
  const path = pathOf(ctx);
  if (!path) return;
  try {
    await makeDirectory(dirname(path));
    await writeDurably(path, note);
    ctx.tlog.outside = 'kept';
  } catch (error) {
    if (ctx.tlog.outside !== 'unwritable')
      ctx.log.warn(
        { err: error, path },
        'the head of the log is not kept outside the data directory: set CALLABLE_LOG_HEADS to where it can be',
      );
    ctx.tlog.outside = 'unwritable';
  }
}

/** Named after the log's name and key: two logs of one user have two. */
function pathOf({ config, tlog }: Outside): string | null {
  if (config.log.heads === null) return null;
  const name = tlog.key.name.replace(/[^A-Za-z0-9.-]/g, '_').slice(0, 80);
  const hash = createHash('sha256').update(tlog.vkey).digest('hex').slice(0, 16);
  return join(config.log.heads, `${name}-${hash}`);
}
