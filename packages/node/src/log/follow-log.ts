import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundlePath, decodeBundle, parseCheckpoint, parseNote, tileWidth } from '@callable/protocol';
import { readLogFile } from '@callable/sdk';
import type { NodeContext } from '../context.ts';
import { keepFile, keptLimits, pruneKept, readKept, setAside } from './kept-log.ts';

type Followed = Pick<NodeContext, 'hub' | 'config' | 'log'>;

/**
 * Keeps the last entries of the hub's log, so that a hub put back from a copy can have them again. Asks for nothing
 * while the head the hub says with its answers is the same.
 */
export async function followLog(context: Followed, signal: AbortSignal): Promise<void> {
  let followed: string | null = null;
  while (!signal.aborted) {
    const said = context.hub.heads?.said() ?? null;
    if (said !== followed)
      followed = await keepEntries(context, signal).then(
        () => said,
        (error: unknown) => {
          if (!signal.aborted) context.log.debug({ err: error }, 'the log was not followed; it will be');
          return followed;
        },
      );
    await pause(context.config.followLogMs, null, { signal }).catch(() => null);
  }
}

/** Nothing is believed, and nothing that is kept is written over by less: whoever recovers verifies against a head. */
async function keepEntries({ hub, config }: Followed, signal: AbortSignal): Promise<void> {
  const read = readLogFile(hub, { signal });
  const directory = keptLogOf(config.dataDir);
  const note = await read('checkpoint');
  const checkpoint = note && parseCheckpoint(parseNote(new TextDecoder().decode(note))?.text ?? '');
  if (!note || !checkpoint) return;
  const kept = await readKept(directory);
  if (kept && kept.origin !== checkpoint.origin) await setAside(directory);
  else if (kept && checkpoint.size <= kept.size) return;
  const last = Math.ceil(checkpoint.size / tileWidth) - 1;
  for (let index = Math.max(0, last - keptLimits.bundles + 1); index <= last; index++) {
    const width = Math.min(tileWidth, checkpoint.size - index * tileWidth);
    const path = bundlePath({ index, width });
    if (await stat(join(directory, path)).catch(() => null)) continue;
    const bytes = await read(path);
    if (!bytes || decodeBundle(bytes)?.length !== width) return;
    await keepFile(directory, path, bytes);
  }
  await keepFile(directory, 'checkpoint', note);
  await pruneKept(directory, checkpoint.size);
}

export const keptLogOf = (dataDir: string): string => join(dataDir, 'log');
