/** Who waits, from the widest group to the narrowest: a publisher, its release, a network, a key. */
export type Path = readonly string[];

/** Those who wait, in groups within groups. Each group is served in turn, however many wait in it. */
export type FairQueue<Entry extends object> = {
  readonly size: number;
  /** The returned function takes the entry out again. */
  add(path: Path, entry: Entry): () => void;
  /** Takes out whose turn it is, among the widest groups that `isOpen` lets pass; null when nobody's is. */
  next(isOpen?: (group: string) => boolean): Entry | null;
  /**
   * Takes out the last of the group that has most, when a newcomer on this path belongs to one that has less;
   * null when the newcomer is of those who have most.
   */
  displace(path: Path): Entry | null;
};

type Group<Entry> = { size: number; members: Map<unknown, Group<Entry> | Leaf<Entry>> };
type Leaf<Entry> = { size: 1; entry: Entry };

export function createFairQueue<Entry extends object>(): FairQueue<Entry> {
  const root: Group<Entry> = { size: 0, members: new Map() };

  function remove(chain: readonly (readonly [Group<Entry>, unknown])[]): void {
    for (const [group, name] of [...chain].reverse()) {
      const member = group.members.get(name);
      if (!member || 'entry' in member || member.size === 0) group.members.delete(name);
      group.size--;
    }
  }

  return {
    get size() {
      return root.size;
    },
    add(path, entry) {
      const chain: [Group<Entry>, unknown][] = [];
      let group = root;
      for (const name of path) {
        chain.push([group, name]);
        const known = group.members.get(name);
        const inner = known && !('entry' in known) ? known : { size: 0, members: new Map() };
        group.members.set(name, inner);
        group = inner;
      }
      group.members.set(entry, { size: 1, entry });
      chain.push([group, entry]);
      for (const [each] of chain) each.size++;
      return () => {
        if (group.members.has(entry)) remove(chain);
      };
    },
    next(isOpen = () => true) {
      const chain: [Group<Entry>, unknown][] = [];
      let group = root;
      for (;;) {
        const turn = first(group, group === root ? isOpen : () => true);
        if (!turn) return null;
        const [name, member] = turn;
        chain.push([group, name]);
        if ('entry' in member) {
          remove(chain);
          return member.entry;
        }
        // Served now, so last of its group from here on.
        group.members.delete(name);
        group.members.set(name, member);
        group = member;
      }
    },
    displace(path) {
      const chain: [Group<Entry>, unknown][] = [];
      let group = root;
      let isCompared = false;
      for (let depth = 0; ; depth++) {
        const [name, most] = largest(group);
        chain.push([group, name]);
        if ('entry' in most) {
          if (!isCompared) return null;
          remove(chain);
          return most.entry;
        }
        const own = path[depth];
        if (!isCompared && name !== own) {
          const has = own === undefined ? 0 : (group.members.get(own)?.size ?? 0);
          if (has + 1 >= most.size) return null;
          isCompared = true;
        }
        group = most;
      }
    },
  };
}

function first<Entry>(
  { members }: Group<Entry>,
  isOpen: (group: string) => boolean,
): [unknown, Group<Entry> | Leaf<Entry>] | null {
  for (const [name, member] of members) if (typeof name !== 'string' || isOpen(name)) return [name, member];
  return null;
}

/** Of equals the last: who came first keeps its place. */
function largest<Entry>({ members }: Group<Entry>): [unknown, Group<Entry> | Leaf<Entry>] {
  const [head, ...rest] = members;
  if (!head) throw new RangeError('Nobody waits.');
  return rest.reduce((most, each) => (each[1].size >= most[1].size ? each : most), head);
}
