import { digestJson, hexOfDigest, type Manifest } from '@callable/protocol';
import type { LoadedModel } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { Turns } from '../waiting/create-turns.ts';

/** One release loaded in a process of its own. */
export type Replica = AsyncDisposable & {
  readonly release: CachedRelease;
  readonly model: LoadedModel;
  readonly runtime: RuntimeIdentity;
  /** sha256 of the canonical JSON of `runtime`, in hex: what receipts carry. */
  readonly runtimeDigest: string;
  readonly loadMs: number;
  readonly peakBytes: number;
  /** What it counts for in the node's memory budget. */
  memoryBytes: number;
  /** The most its process may take. */
  limitBytes: number;
  /** Whether it took more than its manifest asks for. */
  isGrown: boolean;
  /** As many calls at a time as the process has use for: it finds the next one waiting. Whoever waits here has not begun. */
  readonly turns: Turns;
  /** Slots of the node, of which quick calls share one. */
  readonly slot: Pick<Turns, 'take'>;
  deathsCounted: number;
  /** False once it is gone for good. */
  alive: boolean;
  lastUsedAt: number;
};

/** What an auditor must have to get the same numbers. */
export type RuntimeIdentity = { name: string; version: string };

export function identifyRuntime(model: LoadedModel): { runtime: RuntimeIdentity; runtimeDigest: string } {
  const { runtime: name, settings, ...rest } = model.info;
  // The settings stand beside the other members: so it is in every receipt there is.
  const runtime = { name, ...rest, ...settings };
  return { runtime, runtimeDigest: hexOfDigest(digestJson(runtime)) };
}

/** Below this a limit costs more in false refusals than it protects, bytes of address space. */
const smallestLimit = 512 * 1024 * 1024;

/** How much memory a release may take here: twice what its publisher measured, since machines differ. */
export function memoryLimitOf(manifest: Manifest, nodeBytes: number): number {
  return Math.min(nodeBytes, Math.max(smallestLimit, 2 * manifest.needs.memoryBytes));
}
