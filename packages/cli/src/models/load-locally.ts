import { copyFile, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { cloneOrLink } from '@callable/disk';
import { type FormatTable, findFormat, formatTable, unknownFormat } from '@callable/formats';
import {
  CallableError,
  digestJson,
  type InputProblem,
  type ModelValue,
  ownMember,
  type ReasonCode,
  type Tensor,
} from '@callable/protocol';
import type { RuntimeTable } from '@callable/runtime';
import type { Draft } from './build-manifest.ts';
import type { SourceFile } from './hash-source.ts';
import { makeExample } from './make-example.ts';
import { resolveShapes } from './resolve-shapes.ts';

/** A model loaded in a process of its own on this machine. */
export type LocalModel = AsyncDisposable & {
  loadMs: number;
  /** Of every output, as the runtime works them out; null where it cannot. */
  shapes: Readonly<Record<string, readonly number[] | null>>;
  /** The most memory its process has needed so far, bytes. */
  peakBytes(): Promise<number>;
  /** Answers plain JSON with plain JSON; throws ExampleInvalid or ExampleFailed. */
  run(inputs: string, limitMs?: number): Promise<{ outputs: string; runMs: number }>;
  /** Answers tensors with tensors, whose shapes JSON does not always tell; null where the model fails on them. */
  answer(inputs: readonly Tensor[], deadlineMs?: number): Promise<Tensor[] | null>;
};

export type LoadModel = typeof loadLocally;

export type LoadOptions = {
  directory: string;
  signal: AbortSignal;
  /** Default: the tables of this software. */
  formats?: FormatTable;
  runtimes?: RuntimeTable;
};

const loadMs = 120_000;
const runMs = 60_000;
const gibibyte = 2 ** 30;

/**
 * Loads the files of a release the way a node does: in a process that may hurt nobody, from a directory that holds
 * nothing else. `openOutputs` are those whose shape the graph does not declare, left out of the draft. The node's code comes in only here, so that commands which run nothing start without it.
 */
export async function loadLocally(
  files: readonly SourceFile[],
  draft: Draft,
  openOutputs: readonly ModelValue[],
  { directory, signal, formats = formatTable, runtimes }: LoadOptions,
): Promise<LocalModel> {
  const { createRuntimes, runTensors } = await import('@callable/runtime');
  const format = findFormat(formats, draft.format);
  if (!format) throw new CallableError('UnsupportedFormat', unknownFormat(formats, draft.format));
  const alone = await placeFiles(files, join(directory, 'alone'));
  const memoryBytes = memoryLimit(draft.needs.memoryBytes);
  // One model, once: no runner needs to stand ready for the next.
  const pool = createRuntimes({
    engine: format.run,
    warm: 0,
    limit: 1,
    memoryBytes,
    ...(runtimes ? { runtimes } : {}),
  });
  const stop = async () => {
    await pool[Symbol.asyncDispose]();
    // Now, and not when all is published: an upload that is killed leaves no second name of the model behind.
    await rm(alone, { recursive: true, force: true });
  };
  const loadWith = async (outputs: Draft['outputs']) => {
    const { entry, inputs } = draft;
    const limits = { memoryBytes, loadMs, runMs };
    const source = {
      digest: digestJson(draft),
      engine: format.run,
      directory: alone,
      entry,
      inputs,
      outputs,
      limits,
      threads: 1,
    };
    const outcome = await pool.load(source, { signal });
    if (outcome.ok) return outcome;
    throw new CallableError(outcome.reason, `The model does not load on this machine: ${outcome.message}`);
  };
  try {
    let outcome = await loadWith(draft.outputs);
    const { shapes } = outcome;
    if (openOutputs.length > 0) {
      // Only now, asked without them, has the runtime told their shapes.
      await outcome.model[Symbol.asyncDispose]();
      outcome = await loadWith([
        ...draft.outputs,
        ...resolveShapes(openOutputs, (name) => ownMember(shapes, name) ?? []),
      ]);
    }
    const { model } = outcome;
    return {
      loadMs: outcome.loadMs,
      shapes,
      peakBytes: async () => (await peakBytesOf(model.pid)) ?? outcome.peakBytes ?? 0,
      async run(inputs, limitMs = runMs) {
        const call = { encoding: 'plain' as const, body: new TextEncoder().encode(inputs), salt: new Uint8Array(32) };
        const answer = await model.run(call, { deadlineMs: limitMs, signal });
        if (answer.ok) return { outputs: new TextDecoder().decode(answer.body), runMs: answer.runMs };
        throw answer.kind === 'input' ? misfit(answer.problem, draft) : failure(answer);
      },
      async answer(inputs, deadlineMs = runMs) {
        const outcome = await runTensors(model, inputs, { salt: new Uint8Array(32), deadlineMs, signal });
        return outcome.ok ? outcome.outputs : null;
      },
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A directory that holds these files and nothing else, in `directory` or, where that is on another disk, beside the model:
 * a temporary directory is often kept in memory, and a model of many GB would fill it. Whoever calls removes it.
 */
async function placeFiles(files: readonly SourceFile[], directory: string): Promise<string> {
  const near = join(directory, 'alone');
  if (await placeAll(files, near, cloneOrLink)) return near;
  await rm(near, { recursive: true, force: true });
  const beside = await mkdtemp(join(dirname(files[0]?.source ?? directory), '.callable-')).catch(() => null);
  if (beside !== null) {
    if (await placeAll(files, beside, cloneOrLink)) return beside;
    await rm(beside, { recursive: true, force: true });
  }
  await placeAll(files, near, copyFile);
  return near;
}

/** False as soon as one file cannot be placed so because of where it is. */
async function placeAll(
  files: readonly SourceFile[],
  directory: string,
  place: (source: string, target: string) => Promise<void>,
): Promise<boolean> {
  for (const { path, source } of files) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    try {
      await place(await realpath(source), target);
    } catch (error) {
      if (place === cloneOrLink) return false;
      throw error;
    }
  }
  return true;
}

/** Room for activations, which the graph does not tell, and never more than half of the machine. */
function memoryLimit(estimated: number): number {
  return Math.min(totalmem() / 2, Math.max(2 * gibibyte, 4 * estimated));
}

function misfit(problem: InputProblem, draft: Draft): CallableError {
  const example = makeExample(draft.inputs);
  return new CallableError('ExampleInvalid', problem.message, {
    details: { errors: [{ ...problem }], ...(example ? { example } : {}) },
  });
}

function failure({ reason, message }: { reason: ReasonCode; message: string }): CallableError {
  return new CallableError('ExampleFailed', `The model failed on the example (${reason}): ${message}`);
}

/** Null where the system does not tell, or where the process has gone. */
async function peakBytesOf(pid: number | null): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
