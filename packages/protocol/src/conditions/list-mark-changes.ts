import type { Address } from '../identity/address.ts';
import type { Mark } from '../nodes/mark.ts';
import type { MarkChange } from '../nodes/take-mark.ts';
import type { ReleaseState } from './release-state.ts';

/**
 * What one statement about a release changed in what is thought of those who reported on it. Whoever folds applies it to
 * the record of each, in the same step. A new round leaves the marks of the one before as they were.
 */
export function listMarkChanges(before: ReleaseState, { panel, reports }: ReleaseState): [Address, MarkChange][] {
  const round = panel?.round;
  if (!round || before.panel?.round === round) return [];
  const old = before.panel?.round?.id === round.id ? before.panel.round.marks : {};
  const nodes = [...new Set([...Object.keys(old), ...Object.keys(round.marks)])] as Address[];
  return nodes.flatMap((node): [Address, MarkChange][] => {
    const [was, is] = [old[node], round.marks[node]];
    if (isSame(was, is)) return [];
    const runtime = reports[node]?.runtime ?? before.reports[node]?.runtime ?? '';
    const lie = round.recomputed[node] ? 'RecomputationInvented' : 'ValidationInvented';
    const message =
      lie === 'RecomputationInvented'
        ? 'As a seed it signed another answer than the wasm runtime gives.'
        : 'A seed ran the same inputs on the same build of wasm and got something else than it signed.';
    const { publisherNetwork } = round;
    const network = round.networks[node] ?? null;
    return [[node, { before: was, after: is, runtime, network, publisherNetwork, lie, message }]];
  });
}

const isSame = (one: Mark | undefined, other: Mark | undefined) =>
  one?.mark === other?.mark && one?.statement === other?.statement;
