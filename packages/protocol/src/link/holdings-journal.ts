import type { Digest } from '../identity/digest.ts';
import { type Holding, type HoldingsPage, holdingsPerPage } from './holdings.ts';

/** What a node holds, in the order in which it changed, for listeners who each know a part of it. */
export type HoldingsJournal = {
  /** Takes what is held now; what is not in it has gone. */
  update(current: Iterable<Holding>): void;
  /** What comes after so much was told. One who was told more than there is, or what is no longer known, is told all anew. */
  page(after: number): HoldingsPage;
};

type Entry = { holding: Holding | null; revision: number };

/** What has gone is remembered so far back: a listener from before is told everything anew. */
const mostGone = 10_000;

export function createHoldingsJournal(): HoldingsJournal {
  // A changed entry moves to the end, so that the order is that of the revisions.
  const entries = new Map<Digest, Entry>();
  let [revision, gone, floor] = [0, 0, 0];

  function note(release: Digest, holding: Holding | null): void {
    const before = entries.get(release);
    if (before && before.holding === null) gone -= 1;
    if (holding === null) gone += 1;
    entries.delete(release);
    revision += 1;
    entries.set(release, { holding, revision });
  }

  function forgetGone(): void {
    for (const [release, entry] of entries) {
      if (gone <= mostGone) return;
      if (entry.holding !== null) continue;
      entries.delete(release);
      gone -= 1;
      floor = entry.revision;
    }
  }

  return {
    update(current) {
      const seen = new Set<Digest>();
      for (const holding of current) {
        seen.add(holding.release);
        const before = entries.get(holding.release)?.holding;
        if (before?.state !== holding.state || before.reason !== holding.reason) note(holding.release, holding);
      }
      for (const [release, { holding }] of [...entries])
        if (holding !== null && !seen.has(release)) note(release, null);
      forgetGone();
    },
    page(asked) {
      const after = asked > revision || asked < floor ? 0 : asked;
      const page: HoldingsPage = { after, upTo: after, more: false, held: [], gone: [] };
      if (after === revision) return page;
      for (const [release, entry] of entries) {
        if (entry.revision <= after) continue;
        if (page.held.length + page.gone.length === holdingsPerPage) return { ...page, more: true };
        if (entry.holding) page.held.push(entry.holding);
        // Who begins anew knows of nothing that could have gone.
        else if (after !== 0) page.gone.push(release);
        page.upTo = entry.revision;
      }
      return { ...page, upTo: revision };
    },
  };
}
