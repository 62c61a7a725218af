import { toHex } from '../bytes/hex.ts';
import type { Address } from '../identity/address.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { decodeEntry, type LogEntry } from '../log/entry.ts';
import { GrowingTree } from '../log/growing-tree.ts';
import { type HashBytes, hashLeaf } from '../log/merkle-hash.ts';
import { type ReadLogFile, readEntries } from '../log/read-tiles.ts';
import { findKind } from '../statements/kinds/find-kind.ts';
import { statementId } from '../statements/statement.ts';
import { verifyStatement } from '../statements/verify-statement.ts';
import { emptyNetworkState, type NetworkState } from './network-state.ts';
import { reduceNetwork } from './reduce-network.ts';

/** What is wrong with a log; `index` is that of the first entry it shows in. */
export type LogFault = { index: number | null; message: string };

export type NetworkReading = {
  /** What follows from the entries. Worth nothing when there are faults. */
  state: NetworkState;
  /** The root of the tree over the first `size` entries, for each size that was asked for. Hex. */
  roots: ReadonlyMap<number, string>;
  /** The first few; a log without faults is what its checkpoint says. */
  faults: readonly LogFault[];
};

export type ReadNetworkOptions = {
  checkpoint: Checkpoint;
  /** Sizes at which the root is wanted, such as that of a checkpoint remembered from earlier. */
  sizes?: readonly number[];
  /** The platform's own sha256, which is faster. */
  hash?: HashBytes;
  /** Who shall count as a seed, in place of those the policies of the log name: the reader believes others. */
  seeds?: readonly Address[];
  onEntry?: (entry: LogEntry, index: number) => void;
};

const mostFaults = 20;

/**
 * Reads a whole log from its entry bundles and believes nothing: every entry has one spelling, a signature that holds, a
 * place of its own and a time that does not go back, and the root over all of them is that of the checkpoint. The
 * conditions of everything in it are computed on the way.
 */
export async function readNetwork(readFile: ReadLogFile, options: ReadNetworkOptions): Promise<NetworkReading> {
  const { checkpoint, hash } = options;
  const wanted = new Set([...(options.sizes ?? []).filter((size) => size <= checkpoint.size), checkpoint.size]);
  const tree = new GrowingTree(hash);
  const roots = new Map<number, string>();
  const before: Before = { seen: new Set(), at: 0 };
  const faults: LogFault[] = [];
  const fault = (index: number | null, message: string) => {
    if (faults.length < mostFaults) faults.push({ index, message });
  };
  const state = emptyNetworkState();
  const believed = options.seeds && [...options.seeds];
  const noteRoot = async () => {
    if (wanted.has(tree.size)) roots.set(tree.size, toHex(await tree.root()));
    tree.takeFinished();
  };
  await noteRoot();
  for await (const { index, bytes } of readEntries(readFile, checkpoint.size)) {
    tree.append(hashLeaf(bytes, hash));
    if (wanted.has(tree.size) || tree.size % 4096 === 0) await noteRoot();
    const entry = decodeEntry(bytes);
    if (!entry) {
      fault(index, 'It is no entry in canonical JSON.');
      continue;
    }
    const trouble = troubleWith(entry, before);
    if (trouble) fault(index, trouble);
    else {
      before.at = entry.loggedAt;
      reduceNetwork(state, entry);
      if (believed && state.policy.seeds !== believed) state.policy = { ...state.policy, seeds: believed };
    }
    options.onEntry?.(entry, index);
  }
  if (roots.get(checkpoint.size) !== toHex(checkpoint.root))
    fault(null, 'The root over the entries is not the one of the checkpoint.');
  return { state, roots, faults };
}

/** What the entries so far say about the next; kept apart from the fold, which may have stopped. */
type Before = { seen: Set<string>; at: number };

function troubleWith({ statement, loggedAt }: LogEntry, { seen, at }: Before): string | null {
  if (seen.size === 0 && !findKind(statement.kind)?.opensLog) return noOpening;
  if (loggedAt < at) return 'The time of the log goes back.';
  const verdict = verifyStatement(statement, loggedAt);
  if (!verdict.ok) return `Its statement is refused: ${verdict.reason}.`;
  const id = statementId(statement);
  if (seen.has(id)) return 'Its statement stands in the log already.';
  seen.add(id);
  return null;
}

const noOpening =
  'It stands before any policy.adopted or log.opened, so nobody knows whose log this is: a hub of an early version began it, and its conditions cannot be computed by others.';
