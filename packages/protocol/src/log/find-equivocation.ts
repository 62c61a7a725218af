import { openCheckpoint } from './open-checkpoint.ts';
import { type NoteKey, toBase64 } from './signed-note.ts';

/** Proof by its own signatures that a log has shown two histories. */
export type Equivocation = { origin: string; size: number; first: string; second: string };

/**
 * Two signed checkpoints of one log and one size with different roots prove that it shows two histories: nobody's word
 * is needed. Null when these two do not, whatever else may be wrong with them.
 */
export function findEquivocation(first: string, second: string, log: NoteKey): Equivocation | null {
  const [a, b] = [openCheckpoint(first, log), openCheckpoint(second, log)];
  if (!a.ok || !b.ok || a.checkpoint.size !== b.checkpoint.size) return null;
  if (toBase64(a.checkpoint.root) === toBase64(b.checkpoint.root)) return null;
  return { origin: log.name, size: a.checkpoint.size, first, second };
}
