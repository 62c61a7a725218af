/** What came of calls, by minute of the soak and by name: `good tiny: 200`, `100-deep JSON: 422`. */
export function createTally() {
  const began = performance.now();
  const minutes = new Map();
  const minute = () => Math.floor((performance.now() - began) / 60_000);
  return {
    wrong: [],
    stuck: [],
    add(what) {
      const counts = minutes.get(minute()) ?? new Map();
      minutes.set(minute(), counts);
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
    of: (at) => new Map([...(minutes.get(at) ?? new Map())].sort(([a], [b]) => a.localeCompare(b))),
    total() {
      const sum = new Map();
      for (const counts of minutes.values())
        for (const [what, count] of counts) sum.set(what, (sum.get(what) ?? 0) + count);
      return sum;
    },
  };
}
