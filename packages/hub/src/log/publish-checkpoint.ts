import { basename, dirname } from 'node:path';
import { formatSignature, formatToldHead, parseNote } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { askWitnesses, type WitnessMemory } from './ask-witnesses.ts';
import { ContradictionError } from './contradiction-error.ts';
import { prunePartials } from './directory/prune-partials.ts';
import { writeFiles } from './directory/write-files.ts';
import { findRollback, sayRolledBack } from './end-signing.ts';
import { type LogHead, readHead, readPublished, tryWriterLock } from './log-head.ts';
import { readOutsideHead, writeOutsideHead } from './outside-head.ts';

/**
 * Publishes the decided head once enough witnesses have cosigned it. True when the published checkpoint is the decided
 * head; false when witnesses are missing or another process is at it: then the one before stays.
 */
export function publishCheckpoint(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'fetch' | 'config' | 'clock'>,
  memory: WitnessMemory,
  signal: AbortSignal,
): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    if (!(await tryWriterLock(tx))) return false;
    const head = await readHead(tx, ctx.tlog.key.name);
    const published = await readPublished(ctx);
    const rolledBack = await findRollback({ db: tx });
    if (rolledBack !== null) {
      sayRolledBack(ctx, rolledBack);
      return false;
    }
    // attack: the database was put back under a hub that runs.
    if (published && (!head || published.size > head.size))
      throw new ContradictionError(
        `The log here has ${head?.size ?? 0} entries, but a head over ${published.size} is published.`,
      );
    if (!head || (published && published.size >= head.size)) {
      if (published) sayHead(ctx, published);
      return true;
    }
    await rememberSigned(ctx, head);
    const { cosignatures, refusals } = await askWitnesses(ctx, memory, head, signal);
    // A witness has said what ends all signing.
    if (ctx.tlog.rolledBack !== null) return false;
    if (cosignatures.length < ctx.tlog.atLeast) {
      ctx.tlog.state = `waiting for witnesses: ${cosignatures.length} of ${ctx.tlog.atLeast} cosigned size ${head.size} (${refusals.join('; ')})`;
      return false;
    }
    const note = head.note + cosignatures.map(formatSignature).join('');
    if (!parseNote(note)) throw new Error('The checkpoint to publish is not a note.');
    await writeFiles(ctx.tlog.directory, [{ path: 'checkpoint', bytes: new TextEncoder().encode(note) }]);
    ctx.tlog.state = 'ok';
    sayHead(ctx, head);
    await prunePartials(ctx.tlog.directory, published?.size ?? 0, head.size);
    return true;
  });
}

/** Before anybody else sees the signature: whatever becomes of the database, this process knows what it signed. */
async function rememberSigned(ctx: Pick<HubContext, 'tlog' | 'log' | 'config'>, head: LogHead): Promise<void> {
  const outside = await readOutsideHead(ctx);
  // Somebody signs under this key elsewhere: a copy of this directory that runs, or this is the copy.
  if (outside && outside.size > head.size)
    throw new ContradictionError(`The log here has ${head.size} entries, but a head over ${outside.size} is signed.`);
  if (outside?.note === head.note) return;
  const bytes = new TextEncoder().encode(head.note);
  await Promise.all([
    writeFiles(dirname(ctx.tlog.headFile), [{ path: basename(ctx.tlog.headFile), bytes }]),
    writeOutsideHead(ctx, head.note),
  ]);
}

/** What is said to others, so that they can say it to a copy of this hub. */
function sayHead({ tlog }: Pick<HubContext, 'tlog'>, head: Pick<LogHead, 'size' | 'root' | 'note'>): void {
  tlog.told = formatToldHead(head.note, head, tlog.key);
}
