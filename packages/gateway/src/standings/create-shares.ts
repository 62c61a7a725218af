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

  return {
    hasRoom(room, groups) {
      let free = room - size;
      if (!groups) return free > 0;
      if (heldBy(networkGroup(groups)) >= networkOfWhatIsFree * free) return false;
      for (const group of groupsWithin(groups)) {
        free = ofWhatIsFree * free - heldBy(group);
        if (free <= 0) return false;
      }
      return true;
    },
    add(groups) {
      const names = [networkGroup(groups), ...groupsWithin(groups)];
      for (const name of names) held.set(name, heldBy(name) + 1);
      size++;
      return () => {
        for (const name of names) {
          const left = heldBy(name) - 1;
          if (left > 0) held.set(name, left);
          else held.delete(name);
        }
        size--;
      };
    },
    get size() {
      return size;
    },
  };
}

const networkGroup = ({ network }: CallGroups) => `network ${network}`;

function groupsWithin({ publisher, release, network, key }: CallGroups): string[] {
  return [
    publisher,
    `${publisher} ${release}`,
    `${publisher} ${release} ${network}`,
    `${publisher} ${release} ${network} ${key}`,
  ];
}
