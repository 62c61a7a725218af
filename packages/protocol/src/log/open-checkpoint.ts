import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { cosignedAt } from './cosignature.ts';
import { isSignedBy, type NoteKey, parseNote } from './signed-note.ts';

/** Whom a reader trusts to have seen one history only: at least `atLeast` of these witnesses. */
export type WitnessQuorum = { witnesses: readonly NoteKey[]; atLeast: number };

export type CheckpointVerdict =
  | { ok: true; checkpoint: Checkpoint; cosigned: readonly { witness: string; at: number }[] }
  | { ok: false; why: 'malformed' | 'origin' | 'signature' | 'witnesses' };

/** The checkpoint of a note that the log's key signed and enough witnesses cosigned. `at` is in seconds. */
export function openCheckpoint(
  text: string,
  log: NoteKey,
  { witnesses, atLeast }: WitnessQuorum = { witnesses: [], atLeast: 0 },
): CheckpointVerdict {
  const note = parseNote(text);
  const checkpoint = note && parseCheckpoint(note.text);
  if (!note || !checkpoint) return { ok: false, why: 'malformed' };
  if (checkpoint.origin !== log.name) return { ok: false, why: 'origin' };
  if (!isSignedBy(note, log)) return { ok: false, why: 'signature' };
  const cosigned = witnesses.flatMap((key) => {
    const at = cosignedAt(note, key);
    return at === null ? [] : [{ witness: key.name, at }];
  });
  return cosigned.length >= atLeast ? { ok: true, checkpoint, cosigned } : { ok: false, why: 'witnesses' };
}
