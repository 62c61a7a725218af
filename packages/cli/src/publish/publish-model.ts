import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  CallableError,
  type Condition,
  type Digest,
  formatReleaseRef,
  type Manifest,
  type ReleaseView,
  signStatement,
  type Truth,
  truthOf,
} from '@callable/protocol';
import { findAudience, getRelease, publishRelease } from '@callable/sdk';
import { openTempDir } from '../models/open-temp-dir.ts';
import { answerWithin, shortAnswerMs } from './answer-within.ts';
import { createChunkPatience } from './chunk-patience.ts';
import { followRelease } from './follow-release.ts';
import { locateModel } from './locate-model.ts';
import { type MadeManifest, makeManifest } from './make-manifest.ts';
import { outlastOutages } from './outlast-outages.ts';
import type { PublishContext } from './publish-context.ts';
import { noTimings, type PublishEvent, type PublishTimings } from './publish-event.ts';
import type { PublishRequest } from './publish-request.ts';
import { readModel } from './read-model.ts';
import { uploadFiles } from './upload-files.ts';

export type PublishResult = {
  reference: string;
  digest: Digest;
  manifest: Manifest;
  /** False when exactly this release had been published before, or when it was a dry run. */
  created: boolean;
  callable: boolean;
  conditions: Condition[];
  /** Who said what the first vector answers. */
  truth: Truth;
  timings: PublishTimings;
};

/**
 * From a model file to a release that strangers can call. Every step can be repeated: after an interruption the same
 * call goes on where the last one stopped, and publishing the same again changes nothing.
 */
export async function* publishModel(
  context: PublishContext,
  request: PublishRequest,
): AsyncGenerator<PublishEvent, PublishResult> {
  const { clock, signal } = context;
  const began = clock();
  const timings: PublishTimings = { ...noTimings };
  const located = await locateModel(resolve(request.file), context.formats);
  const temp = await openTempDir((await isLarge(located.file)) ? dirname(located.file) : undefined);
  try {
    const { keepMetadata = false, privateWords = [] } = request;
    const rewriting = { keepMetadata, privateWords, signal };
    const model = await timed(timings, 'readMs', clock, () => readModel(located, temp.path, rewriting));
    yield { kind: 'read', file: request.file, bytes: model.bytes, summary: model.summary };
    for (const text of model.notices) yield { kind: 'notice', text };

    const make = () => makeManifest({ ...context, directory: temp.path, timings, file: located.file }, request, model);
    let made = yield* make();
    yield {
      kind: 'manifest',
      manifest: made.manifest,
      digest: made.digest,
      alreadyPublished: made.alreadyPublished,
    };
    const reference = formatReleaseRef(made.manifest);
    if (request.dryRun) {
      timings.totalMs = clock() - began;
      const { manifest, digest } = made;
      return {
        reference,
        digest,
        manifest,
        created: false,
        callable: false,
        conditions: [],
        truth: truthOf(manifest),
        timings,
      };
    }

    let created: boolean;
    try {
      created = yield* offer(context, made, timings);
    } catch (error) {
      if (!(error instanceof CallableError && error.code === 'VersionExists')) throw error;
      // Somebody was faster, with this key. The same model is the same release, although its vector has other numbers.
      made = yield* make();
      if (!made.alreadyPublished) throw error;
      created = yield* offer(context, made, timings);
    }
    const { manifest, digest } = made;
    yield { kind: 'published', reference, digest, created };

    const view = yield* follow(context, request, digest, timings);
    timings.totalMs = clock() - began;
    const { callable, conditions } = view;
    return { reference, digest, manifest, created, callable, conditions, truth: truthOf(manifest), timings };
  } finally {
    await temp[Symbol.asyncDispose]();
  }
}

/** Whether a rewritten copy belongs beside the model. */
async function isLarge(file: string): Promise<boolean> {
  return ((await stat(file).catch(() => null))?.size ?? 0) > 64 * 1024 * 1024;
}

/** Sends the hub what it lacks, and says that this is the release. False when it was one before. */
async function* offer(
  context: PublishContext,
  { manifest, digest, files }: MadeManifest,
  timings: PublishTimings,
): AsyncGenerator<PublishEvent, boolean> {
  const { client, key, clock, signal } = context;
  const uploading = clock();
  const patience = createChunkPatience(clock);
  yield* outlastOutages(context, () => uploadFiles(client, files, patience, signal));
  timings.uploadMs = clock() - uploading;

  const { publisher, name, version } = manifest;
  const hub = yield* ask(context, (within) => findAudience(client, 'hub', within));
  const body = { publisher, name, version };
  const statement = signStatement({ kind: 'release.published', subject: digest, body, issuedAt: clock(), hub }, key);
  const publishing = clock();
  const answer = yield* ask(context, (within) => publishRelease(client, { manifest, statement }, { signal: within }));
  timings.publishMs = clock() - publishing;
  return answer.created;
}

/** A small request that is repeated while hub or network are away. */
async function* ask<Answer>(
  context: PublishContext,
  request: (signal: AbortSignal) => Promise<Answer>,
): AsyncGenerator<PublishEvent, Answer> {
  // biome-ignore lint/correctness/useYield: a step that has nothing to tell.
  return yield* outlastOutages(context, async function* () {
    return await answerWithin(shortAnswerMs, context.signal, request);
  });
}

/** Watches the conditions as long as asked for, and notes when each became true. */
async function* follow(
  context: PublishContext,
  { wait, timeoutMs }: PublishRequest,
  digest: Digest,
  timings: PublishTimings,
): AsyncGenerator<PublishEvent, ReleaseView> {
  const { client, clock, signal } = context;
  const began = clock();
  let view = yield* ask(context, (within) => getRelease(client, digest, { signal: within }));
  const note = () => {
    for (const [type, stage] of stages) {
      const isTrue = view.conditions.some((condition) => condition.type === type && condition.status === 'True');
      if (isTrue) timings[stage] ??= clock() - began;
    }
  };
  note();
  yield { kind: 'conditions', view };
  if (!wait) return view;
  for await (const next of followRelease(client, digest, { timeoutMs, signal })) {
    view = next;
    note();
    yield { kind: 'conditions', view };
  }
  return view;
}

const stages = [
  ['Stored', 'storedMs'],
  ['Verified', 'verifiedMs'],
  ['Reachable', 'reachableMs'],
] as const;

async function timed<T>(
  timings: PublishTimings,
  stage: keyof PublishTimings,
  clock: () => number,
  work: () => Promise<T>,
): Promise<T> {
  const began = clock();
  const result = await work();
  timings[stage] = clock() - began;
  return result;
}
