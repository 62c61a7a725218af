import { basename, dirname } from 'node:path';
import { formatSignature, parseNote } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { askWitnesses, type WitnessMemory } from './ask-witnesses.ts';
import { prunePartials } from './directory/prune-partials.ts';
import { writeFiles } from './directory/write-files.ts';
import { readHead, readPublished, tryWriterLock } from './log-head.ts';

/**
 * Publishes the decided head once enough witnesses have cosigned it. True when the published checkpoint is the decided
 * head; false when witnesses are missing or another process is at it: then the one before stays.
 */
export function publishCheckpoint(
  ctx: Pick<HubContext, 'db' | 'tlog' | 'log' | 'fetch'>,
  memory: WitnessMemory,
  signal: AbortSignal,
): Promise<boolean> {
  return ctx.db.transaction().execute(async (tx) => {
    if (!(await tryWriterLock(tx))) return false;
    const head = await readHead(tx, ctx.tlog.key.name);
    const published = await readPublished(ctx);
    if (!head || (published && published.size >= head.size)) return true;
    await rememberSigned(ctx, head.note);
    const { cosignatures, refusals } = await askWitnesses(ctx, memory, head, signal);
    if (cosignatures.length < ctx.tlog.atLeast) {
      ctx.tlog.state = `waiting for witnesses: ${cosignatures.length} of ${ctx.tlog.atLeast} cosigned size ${head.size} (${refusals.join('; ')})`;
      return false;
    }
    const note = head.note + cosignatures.map(formatSignature).join('');
    if (!parseNote(note)) throw new Error('The checkpoint to publish is not a note.');
    await writeFiles(ctx.tlog.directory, [{ path: 'checkpoint', bytes: new TextEncoder().encode(note) }]);
    ctx.tlog.state = 'ok';
    await prunePartials(ctx.tlog.directory, published?.size ?? 0, head.size);
    return true;
  });
}

/** Before anybody else sees the signature: whatever becomes of the database, this process knows what it signed. */
async function rememberSigned({ tlog }: Pick<HubContext, 'tlog'>, note: string): Promise<void> {
  const bytes = new TextEncoder().encode(note);
  await writeFiles(dirname(tlog.headFile), [{ path: basename(tlog.headFile), bytes }]);
}
