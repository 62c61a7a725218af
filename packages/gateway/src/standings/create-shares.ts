import type { CallGroups } from './call-groups.ts';

/** The calls under way at one node, by the groups they belong to. */
export type Shares = {
  /** Whether one more call of these groups may wait there, where `room` calls may in all; null is a call of nobody yet. */
  hasRoom(room: number, groups: CallGroups | null): boolean;
  /** The returned function is called once, when the call has ended. */
  add(groups: CallGroups): () => void;
  readonly size: number;
};

/** A group holds at most twice of what it leaves free, so that whoever holds nothing always finds room. */
const ofWhatIsFree = 2;
/** Of a whole node one network holds at most seven eighths, however many publishers it has made. */
const networkOfWhatIsFree = 7;

export function createShares(): Shares {
  const held = new Map<string, number>();
  const heldBy = (group: string) => held.get(group) ?? 0;
  let size = 0;

  function leave(group: string): void {
    const left = heldBy(group) - 1;
    if (left > 0) held.set(group, left);
    else held.delete(group);
  }

  return {
    hasRoom(room, groups) {
      let free = room - size;
      if (!groups) return free > 0;
      if (heldBy(groups.network) >= networkOfWhatIsFree * free) return false;
      for (const group of groups.within) {
        free = ofWhatIsFree * free - heldBy(group);
        if (free <= 0) return false;
      }
      return true;
    },
    add(groups) {
      held.set(groups.network, heldBy(groups.network) + 1);
      for (const group of groups.within) held.set(group, heldBy(group) + 1);
      size++;
      return () => {
        leave(groups.network);
        for (const group of groups.within) leave(group);
        size--;
      };
    },
    get size() {
      return size;
    },
  };
}
