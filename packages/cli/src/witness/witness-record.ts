import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskError, makeDirectory, writeDurably } from '@callable/disk';
import { type Checkpoint, type NoteKey, openCheckpoint } from '@callable/protocol';

/** The largest checkpoint, and the note by which the log signed it. */
export type WitnessRecord = Checkpoint & { note: string };

/** The largest checkpoint a witness has cosigned, as the log signed it; null when it has cosigned none. */
export async function readRecord(path: string, log: NoteKey): Promise<WitnessRecord | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isDiskError(error, 'ENOENT')) return null;
    throw error;
  });
  if (text === null) return null;
  const opened = openCheckpoint(text, log);
  // To start anew would be to forget what was cosigned: exactly what a witness must never do.
  if (!opened.ok) throw new Error(`The record ${path} is not a checkpoint of ${log.name} by its key.`);
  return { ...opened.checkpoint, note: text };
}

/** Replaces the record; after it resolves a power cut does not undo it. */
export async function writeRecord(path: string, note: string): Promise<void> {
  await makeDirectory(dirname(path));
  await writeDurably(path, note);
}
