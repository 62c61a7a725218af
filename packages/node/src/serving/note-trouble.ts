import type { NodeTrouble } from '@callable/protocol';
import type { NodeContext } from '../context.ts';

/** Logs once, and announces, that a hub or gateway takes less than this node holds; null when it takes all. */
export function noteTrouble(
  { troubles, changes, log }: Pick<NodeContext, 'troubles' | 'changes' | 'log'>,
  place: string,
  trouble: NodeTrouble | null,
): void {
  if (trouble === null) {
    if (troubles.delete(place)) changes.emit();
    return;
  }
  if (troubles.get(place)?.message === trouble.message) return;
  troubles.set(place, trouble);
  log.warn({ place, code: trouble.code }, trouble.message);
  changes.emit();
}
