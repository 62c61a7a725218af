import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownMember } from '@callable/protocol';
import { peakBytes } from '../process/limit-memory.ts';
import { makeLocaleDirectory } from '../process/locale-directory.ts';
import { findFence } from '../process/runner-fence.ts';
import { type RunnerPlace, type RunnerProcess, startRunner } from '../process/runner-process.ts';
import type { LoadedModel, LoadVerdict, ModelSource, Runtime, RuntimeInfo } from '../runtime.ts';
import type { RuntimeRow, RuntimeTable } from '../runtime-row.ts';
import { runtimeTable } from '../runtime-table.ts';
import { findScratchRoom, type ScratchRoom } from '../scratch/find-scratch-room.ts';
import { loadInto } from './load-into.ts';
import { openModel } from './open-model.ts';
import { createSlots } from './slots.ts';

export type RunnerPoolOptions = {
  /** A key of `runtimes`; default native. `wasm` is the pinned build by which disputes are settled. */
  engine?: string;
  /** Default `runtimeTable`. */
  runtimes?: RuntimeTable;
  /** Empty runners kept ready, so that a load need not wait for a process to start; default 1. */
  warm?: number;
  /** Models loaded at a time; default 8. Further loads wait. */
  limit?: number;
  /** The most any model may take, bytes; default 4 GiB. Holds where a runner's limit cannot be lowered later. */
  memoryBytes?: number;
  /** Where runners get their empty directories; default the system's directory for temporary files. */
  directory?: string;
  /** Where bodies of large calls wait in memory; default the system's memory, where it has a directory for it. Null nowhere. */
  scratch?: ScratchRoom | null;
  clock?: () => number;
  patienceMs?: number;
  startMs?: number;
};

const closedMessage = 'the runner pool is closed';

/** A runtime that gives every model a process of its own, out of a few that stand ready. */
export function createRunnerPool(options: RunnerPoolOptions = {}): Runtime & AsyncDisposable {
  const { warm = 1, limit = 8, memoryBytes = 4 * 1024 ** 3, clock = () => performance.now() } = options;
  const { engine = 'native', runtimes = runtimeTable } = options;
  const row = rowOf(runtimes, engine);
  const slots = createSlots(limit);
  const ready: Promise<RunnerProcess>[] = [];
  const starts = new Set<Promise<RunnerProcess>>();
  const models = new Set<LoadedModel>();
  let closed = false;
  let directory: string | null = null;
  const place = preparePlace();
  // Whoever starts a runner hears of the failure.
  place.catch(() => {});
  refill();

  return {
    load,
    async [Symbol.asyncDispose]() {
      closed = true;
      await Promise.allSettled([...models].map((model) => model[Symbol.asyncDispose]()));
      await Promise.allSettled([...starts].map(async (runner) => (await runner)[Symbol.asyncDispose]()));
      await Promise.allSettled([place]);
      if (directory !== null) await rm(directory, { recursive: true, force: true });
    },
  };

  async function preparePlace(): Promise<RunnerPlace> {
    directory = await mkdtemp(join(options.directory ?? tmpdir(), 'callable-runners-'));
    const [fence, localeDirectory, scratch] = await Promise.all([
      findFence(),
      makeLocaleDirectory(directory),
      options.scratch === undefined ? findScratchRoom() : options.scratch,
    ]);
    return {
      row,
      memoryBytes,
      fence,
      parent: directory,
      localeDirectory,
      scratch,
      addressSpaceBytes: row.emptyRunnerBytes + memoryBytes,
      startMs: options.startMs ?? 30_000,
    };
  }

  async function load(source: ModelSource, { signal }: { signal?: AbortSignal } = {}): Promise<LoadVerdict> {
    const refusal = row.refuse?.(source);
    if (refusal) return { ok: false, reason: 'OutOfMemory', message: refusal };
    const release = await slots.take(signal);
    try {
      const runner = await takeRunner();
      const before = clock();
      const { fence } = await place;
      const abort = () => runner.kill();
      signal?.addEventListener('abort', abort, { once: true });
      const outcome = await loadInto(runner, source, fence.prlimit);
      signal?.removeEventListener('abort', abort);
      refill();
      if (closed || signal?.aborted || !outcome.ok) {
        release();
        await runner[Symbol.asyncDispose]();
        signal?.throwIfAborted();
        if (outcome.ok || closed) throw new Error(closedMessage);
        return outcome;
      }
      const loadMs = clock() - before;
      const peak = await peakBytes(runner.pid);
      const model = open(source, runner, await row.describe(source, runner.version), release);
      return { ok: true, model, loadMs, peakBytes: peak, shapes: outcome.shapes };
    } catch (error) {
      release();
      throw error;
    }
  }

  function open(source: ModelSource, runner: RunnerProcess, info: RuntimeInfo, release: () => void): LoadedModel {
    const model = openModel({
      digest: source.digest,
      info,
      limits: source.limits,
      streams: row.streams,
      runner,
      replace: (allowed) => loadAgain({ ...source, limits: { ...source.limits, memoryBytes: allowed } }),
      release: () => {
        models.delete(model);
        release();
      },
      clock,
      patienceMs: options.patienceMs ?? 1000,
    });
    models.add(model);
    return model;
  }

  async function loadAgain(source: ModelSource) {
    const runner = await takeRunner();
    const { fence } = await place;
    const outcome = await loadInto(runner, source, fence.prlimit);
    refill();
    if (outcome.ok) return { ok: true as const, runner };
    await runner[Symbol.asyncDispose]();
    return outcome;
  }

  /** A runner that stands ready and is alive, or a new one. */
  async function takeRunner(): Promise<RunnerProcess> {
    if (closed) throw new Error(closedMessage);
    return ready.shift() ?? start();
  }

  /** Every process from its start to its end is known here, so that closing the pool leaves none. */
  function start(): Promise<RunnerProcess> {
    const starting = place.then(startRunner);
    starts.add(starting);
    const forget = () => void starts.delete(starting);
    starting.then((runner) => runner.exited.then(forget), forget);
    return starting;
  }

  function refill(): void {
    while (!closed && ready.length < warm) {
      const starting = start();
      ready.push(starting);
      const forget = () => {
        const index = ready.indexOf(starting);
        if (index !== -1) ready.splice(index, 1);
      };
      // One that dies while it waits, or never starts, must not be handed out.
      starting.then((runner) => runner.exited.then(forget), forget);
    }
  }
}

function rowOf(runtimes: RuntimeTable, engine: string): RuntimeRow {
  const row = ownMember(runtimes, engine);
  if (!row) throw new RangeError(`there is no runtime ${engine}`);
  return row;
}
