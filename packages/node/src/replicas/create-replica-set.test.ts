import { formatTable } from '@callable/formats';
import type { LoadedModel, Runtime, RunVerdict } from '@callable/runtime';
import { doublingRelease } from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CheckContext, openCheckContext } from '../../test/open-check-context.ts';
import { createDemand } from '../cache/demand.ts';
import { createHolds } from '../cache/holds.ts';
import { createTurns } from '../waiting/create-turns.ts';
import { createReplicaSet } from './create-replica-set.ts';
import type { Replica } from './replica.ts';
import { runGrowing } from './run-growing.ts';

const mebibyte = 2 ** 20;
let checks: CheckContext;
beforeAll(async () => {
  checks = await openCheckContext();
});
afterAll(() => checks[Symbol.asyncDispose]());

const outOfMemory: RunVerdict = { ok: false, kind: 'model', reason: 'OutOfMemory', message: 'No memory.' };

/** A set whose models need so much memory in every call, on a node that has 8 GiB for them. */
function setOf(needed: number) {
  let now = 0;
  const limits: number[] = [];
  const runtime: Runtime = {
    async load({ digest, limits: { memoryBytes } }) {
      let limit = memoryBytes;
      limits.push(limit);
      const model = {
        ...{ digest, pid: 1, deaths: 0, info: { runtime: 'fake', settings: {} }, exited: new Promise(() => {}) },
        run: async () => (limit < needed ? outOfMemory : ({ ok: true } as RunVerdict)),
        grow(bytes: number) {
          limit = bytes;
          limits.push(limit);
          return true;
        },
        async [Symbol.asyncDispose]() {},
      };
      return { ok: true, model: model as unknown as LoadedModel, loadMs: 1, peakBytes: null, shapes: {} };
    },
  };
  const replicas = createReplicaSet({
    config: { memoryBytes: 8192 * mebibyte, loadMs: 1000, runMs: 1000, threads: 1 },
    ...{ clock: () => now, runtime, formats: formatTable, cache: { verify: async () => {} } },
    ...{ demand: createDemand(() => now), holds: createHolds(), quarantine: { recordCrash: () => {} } },
    slots: createTurns(4, 64),
    ...{ lifetime: new AbortController().signal, onChange: () => {} },
  });
  const obtain = async (version: string): Promise<Replica> => {
    const release = await checks.place(doublingRelease({ version: version as never }));
    const outcome = await replicas.obtain(release, new AbortController().signal);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome.replica;
  };
  const call = (replica: Replica, origin = 'a network') =>
    runGrowing(replicas, replica, origin, () => replica.model.run({} as never, { deadlineMs: 1000 }));
  const wait = (ms: number) => {
    now += ms;
  };
  return { replicas, limits, obtain, call, wait };
}

it('a picture a little larger than the example is answered: the model gets more memory, and the call another try', async () => {
  const { limits, obtain, call } = setOf(1000 * mebibyte);
  const replica = await obtain('2.0.0');
  const verdicts = await Promise.all([call(replica), call(replica)]);
  expect(verdicts.map(({ ok }) => ok)).toEqual([true, true]);
  expect(limits).toEqual([512 * mebibyte, 2048 * mebibyte]);
  expect(replica).toMatchObject({ limitBytes: 2048 * mebibyte, memoryBytes: 2048 * mebibyte });
});

it('attack by calls that no memory is enough for: one growth, within the share of the network, and no more loads', async () => {
  const { limits, obtain, call } = setOf(Number.POSITIVE_INFINITY);
  const replica = await obtain('2.0.1');
  for (let at = 0; at < 5; at++) expect(await call(replica)).toBe(outOfMemory);
  expect(limits).toEqual([512 * mebibyte, 2048 * mebibyte]);
  // The publisher's share is spent, whoever calls.
  expect(await call(await obtain('2.0.2'), 'another')).toBe(outOfMemory);
  expect(limits.at(-1)).toBe(512 * mebibyte);
});

it('what grew is given back after a minute without a call, and is loaded then as its manifest says', async () => {
  const { replicas, limits, obtain, call, wait } = setOf(1000 * mebibyte);
  const replica = await obtain('2.0.3');
  await obtain('2.0.4');
  await call(replica);
  wait(61_000);
  await replicas.unloadIdle(600_000);
  expect(replicas.list().map(({ release }) => release.manifest.version)).toEqual(['2.0.4']);
  expect(await call(await obtain('2.0.3'))).toMatchObject({ ok: true });
  expect(limits.slice(-2)).toEqual([512 * mebibyte, 2048 * mebibyte]);
});
