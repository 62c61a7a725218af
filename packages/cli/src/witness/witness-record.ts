import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Checkpoint, type NoteKey, openCheckpoint } from '@callable/protocol';

/** The largest checkpoint a witness has cosigned, as the log signed it; null when it has cosigned none. */
export async function readRecord(path: string, log: NoteKey): Promise<Checkpoint | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const opened = openCheckpoint(text, log);
  // To start anew would be to forget what was cosigned: exactly what a witness must never do.
  if (!opened.ok) throw new Error(`The record ${path} is not a checkpoint of ${log.name} by its key.`);
  return opened.checkpoint;
}

/** Replaces the record; after it resolves a power cut does not undo it. */
export async function writeRecord(path: string, note: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(note);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
