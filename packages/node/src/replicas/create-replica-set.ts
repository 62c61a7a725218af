import type { FormatTable } from '@callable/formats';
import { CallableError, type CallSignal, type Digest, throwIfEnded } from '@callable/protocol';
import { inspectRelease, type Runtime } from '@callable/runtime';
import type { CachedRelease } from '../cache/cached-release.ts';
import type { Demand } from '../cache/demand.ts';
import type { Holds } from '../cache/holds.ts';
import type { Cache } from '../cache/open-cache.ts';
import { releaseValue } from '../cache/release-value.ts';
import { createTurns, type Turns } from '../waiting/create-turns.ts';
import { sharePlace } from '../waiting/share-place.ts';
import { untilAborted } from '../waiting/until-aborted.ts';
import { createGrowth } from './create-growth.ts';
import type { Quarantine } from './create-quarantine.ts';
import { identifyRuntime, memoryLimitOf, type Replica } from './replica.ts';

type LoadOutcome = { ok: true; replica: Replica } | { ok: false; reason: string; message: string };

/** The releases that are loaded, within the node's memory. */
export type ReplicaSet = AsyncDisposable & {
  /** Ready to answer at once, or null. */
  find(release: Digest): Replica | null;
  list(): Replica[];
  /** The loaded release, loading it when only its files are here; one load at a time, whoever waits for it. */
  obtain(release: CachedRelease, signal: CallSignal): Promise<LoadOutcome>;
  /** Loads a fresh copy that nobody sees until it is kept; the caller disposes it or keeps it. */
  load(release: CachedRelease, signal: AbortSignal): Promise<LoadOutcome>;
  /** Makes a loaded copy the one that answers calls, unless there is one already. */
  keep(replica: Replica): Promise<void>;
  /**
   * Gives a model that ran out of memory more of it, within the shares of its publisher and of the network that called it.
   * False where there is no more to give. Idle models make room, as for any load.
   */
  grow(replica: Replica, origin: string): Promise<boolean>;
  /** Gives back the memory of what nobody asked for in this long, milliseconds; of what grew, sooner. */
  unloadIdle(idleMs: number): Promise<void>;
};

export type ReplicaSetParts = {
  config: { memoryBytes: number; loadMs: number; runMs: number; threads: number };
  clock: () => number;
  runtime: Runtime;
  formats: FormatTable;
  cache: Pick<Cache, 'verify'>;
  demand: Demand;
  holds: Holds;
  /** Calls that run at a time, of all models. */
  slots: Pick<Turns, 'take'>;
  quarantine: Pick<Quarantine, 'recordCrash'>;
  /** Aborts when the node ends: a load that others share does not end with the one who began it. */
  lifetime: AbortSignal;
  onChange: () => void;
};

/** A process that takes more at a time runs calls so quick that they share a slot. */
const severalAhead = 2;
/** Calls of one release that may wait for its process. They take turns by network and key, and each leaves at its deadline. */
const longestQueue = 1024;
/** What a load is reckoned to take until it is measured: the runtime around a small model, bytes. */
const smallestReplicaBytes = 64 * 1024 * 1024;
/** A picture of twice the width and height takes four times the memory. */
const growthFactor = 4;
/** Less than this is not worth loading a model again. */
const leastGrowth = 1.25;
/** What grew is unloaded after this long without a call, and loaded as its manifest says. */
const grownIdleMs = 60_000;

export function createReplicaSet(parts: ReplicaSetParts): ReplicaSet {
  const { config, clock, demand, holds, onChange } = parts;
  const kept = new Map<Digest, Replica>();
  const loads = new Map<Digest, Promise<LoadOutcome>>();
  /** Memory of every process there is or that is being started, kept or not. */
  const memory = new Map<object, number>();
  const growth = createGrowth(config.memoryBytes);
  const growing = new Map<Replica, Promise<boolean>>();
  /** Of a replica: what it has of the memory, and what gives back by how much it grew. */
  const held = new WeakMap<Replica, { reservation: object; shrink: (() => void)[] }>();

  const makeMemoryRoom = async (bytes: number) => {
    const free = () => config.memoryBytes - [...memory.values()].reduce((sum, each) => sum + each, 0);
    while (free() < bytes) {
      const victim = leastWorth([...kept.values()], demand);
      if (!victim)
        throw new CallableError('NodeBusy', 'All memory of this node is taken by models that are answering.');
      await victim[Symbol.asyncDispose]();
    }
  };

  const load = async (release: CachedRelease, signal: AbortSignal): Promise<LoadOutcome> => {
    const hold = holds.hold(release.digest);
    const reservation = {};
    const giveBack = () => {
      memory.delete(reservation);
      hold[Symbol.dispose]();
    };
    try {
      const needed = Math.max(smallestReplicaBytes, release.manifest.needs.memoryBytes);
      if (needed > config.memoryBytes) throw tooHeavy(needed, config.memoryBytes);
      await makeMemoryRoom(needed);
      memory.set(reservation, needed);
      await parts.cache.verify(release, signal);
      const inspection = await inspectRelease(parts.formats, release, signal);
      if (!inspection.ok) {
        giveBack();
        return inspection;
      }
      const { manifest, directory } = release;
      const memoryBytes = memoryLimitOf(manifest, config.memoryBytes);
      const outcome = await parts.runtime.load(
        {
          digest: release.digest,
          engine: inspection.format.run,
          externalFiles: inspection.summary.companions,
          directory,
          entry: manifest.entry,
          inputs: manifest.inputs,
          outputs: manifest.outputs,
          limits: { memoryBytes, loadMs: config.loadMs, runMs: config.runMs },
          threads: config.threads,
        },
        { signal },
      );
      if (!outcome.ok) {
        giveBack();
        return outcome;
      }
      const { model, loadMs } = outcome;
      const peakBytes = outcome.peakBytes ?? 0;
      memory.set(reservation, Math.max(needed, peakBytes));
      const end = async () => {
        if (!replica.alive) return;
        replica.alive = false;
        if (kept.get(release.digest) === replica) {
          kept.delete(release.digest);
          onChange();
        }
        await model[Symbol.asyncDispose]();
        for (const giveShare of held.get(replica)?.shrink ?? []) giveShare();
        giveBack();
      };
      const replica: Replica = {
        release,
        model,
        ...identifyRuntime(model),
        loadMs,
        peakBytes,
        memoryBytes: Math.max(needed, peakBytes),
        limitBytes: memoryBytes,
        isGrown: false,
        turns: createTurns(() => model.ahead, longestQueue),
        slot: sharePlace(parts.slots, { mayShare: () => model.ahead > severalAhead, clock: () => performance.now() }),
        deathsCounted: 0,
        alive: true,
        lastUsedAt: clock(),
        [Symbol.asyncDispose]: end,
      };
      held.set(replica, { reservation, shrink: [] });
      model.exited.then(end, end);
      return { ok: true, replica };
    } catch (error) {
      giveBack();
      throw error;
    }
  };

  const keep = async (replica: Replica) => {
    if (!replica.alive || kept.has(replica.release.digest)) return replica[Symbol.asyncDispose]();
    kept.set(replica.release.digest, replica);
    onChange();
  };

  const growNow = async (replica: Replica, origin: string) => {
    const holding = held.get(replica);
    const groups = [`publisher ${replica.release.manifest.publisher}`, `network ${origin}`];
    const most = Math.min(config.memoryBytes, replica.memoryBytes + growth.roomFor(groups));
    const limit = Math.min(most, growthFactor * replica.limitBytes);
    if (!holding || !replica.alive || limit < leastGrowth * replica.limitBytes) return false;
    const more = limit - replica.memoryBytes;
    const giveShare = growth.take(more, groups);
    try {
      await makeMemoryRoom(more);
      if (replica.alive && replica.model.grow(limit)) {
        holding.shrink.push(giveShare);
        memory.set(holding.reservation, limit);
        Object.assign(replica, { limitBytes: limit, memoryBytes: limit, isGrown: true });
        return true;
      }
    } catch (error) {
      if (!(error instanceof CallableError)) throw error;
    }
    giveShare();
    return false;
  };

  /** Once for all whose calls ran out of memory together. */
  const grow = (replica: Replica, origin: string) => {
    const running = growing.get(replica) ?? growNow(replica, origin).finally(() => growing.delete(replica));
    growing.set(replica, running);
    return running;
  };

  const loadAndKeep = async (release: CachedRelease): Promise<LoadOutcome> => {
    const outcome = await load(release, parts.lifetime);
    if (outcome.ok) await keep(outcome.replica);
    // Loading what does not load costs as much as a crash: after a few attempts callers no longer cause another.
    else parts.quarantine.recordCrash(release.digest, outcome.message);
    return outcome;
  };

  return {
    find: (release) => kept.get(release) ?? null,
    list: () => [...kept.values()],
    async obtain(release, signal) {
      // A task whose lease has ended loads nothing for nobody.
      throwIfEnded(signal);
      const replica = kept.get(release.digest);
      if (replica) return { ok: true, replica };
      let running = loads.get(release.digest);
      if (!running) {
        running = loadAndKeep(release).finally(() => loads.delete(release.digest));
        loads.set(release.digest, running);
      }
      return untilAborted(running, signal);
    },
    load,
    keep,
    grow,
    async unloadIdle(idleMs) {
      const now = clock();
      const idle = [...kept.values()].filter((replica) => {
        const patience = replica.isGrown ? Math.min(idleMs, grownIdleMs) : idleMs;
        return !isBusy(replica) && now - replica.lastUsedAt >= patience;
      });
      for (const replica of idle) await replica[Symbol.asyncDispose]();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...kept.values()].map((replica) => replica[Symbol.asyncDispose]()));
    },
  };
}

const isBusy = ({ turns }: Replica) => turns.used > 0 || turns.waiting > 0;

function leastWorth(replicas: Replica[], demand: Demand): Replica | null {
  const idle = replicas.filter((replica) => !isBusy(replica));
  const valued = idle.map((replica) => ({
    replica,
    value: releaseValue({
      demandPerSecond: demand.rate(replica.release.digest),
      coldSeconds: replica.loadMs / 1000,
      bytes: replica.memoryBytes,
    }),
  }));
  valued.sort((a, b) => a.value - b.value || a.replica.lastUsedAt - b.replica.lastUsedAt);
  return valued[0]?.replica ?? null;
}

const tooHeavy = (needed: number, has: number) =>
  new CallableError('NoNodeFits', `The release needs ${needed} bytes of memory, this node has ${has} for models.`);
