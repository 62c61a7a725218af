import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@callable/formats/build';
import { startLocalNetwork } from '@callable/local';
import type { Vector } from '@callable/protocol';
import { createRunnerPool, type LoadedModel, type Runtime } from '@callable/runtime';
import { listStatements, runModel } from '@callable/sdk';
import {
  conditionOf,
  createRelease,
  createUser,
  doublingRelease,
  isCallable,
  isTrue,
  publishDirectly,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';

type Case = {
  name: string;
  spec: ModelSpec;
  vector: Pick<Extract<Vector, { inputs: unknown }>, 'inputs' | 'outputs'>;
  wrong: object;
};
const fp32 = (name: string, ...shape: (string | number)[]) => ({ name, datatype: 'FP32' as const, shape });
const numbers = (count: number) => Array.from({ length: count }, () => 1);

/** Models that are right, and inputs on which they fail though each fits its declared shape. */
const cases: Case[] = [
  {
    name: 'gather',
    spec: {
      inputs: [fp32('x', 'n'), { name: 'i', datatype: 'INT64', shape: ['k'] }],
      outputs: [fp32('y', 'k')],
      nodes: [{ op: 'Gather', inputs: ['x', 'i'], outputs: ['y'] }],
    },
    vector: { inputs: { x: [1, 2, 3], i: [2] }, outputs: { y: [3] } },
    wrong: { x: [1, 2, 3], i: [99] },
  },
  {
    name: 'add',
    spec: {
      inputs: [fp32('a', 'n'), fp32('b', 'm')],
      outputs: [fp32('y', 'k')],
      nodes: [{ op: 'Add', inputs: ['a', 'b'], outputs: ['y'] }],
    },
    vector: { inputs: { a: [1, 2], b: [3, 4] }, outputs: { y: [4, 6] } },
    wrong: { a: [1, 2, 3], b: [1, 2] },
  },
  {
    name: 'outer',
    spec: {
      inputs: [fp32('a', 'n', 1), fp32('b', 1, 'm')],
      outputs: [fp32('y', 'n', 'm')],
      nodes: [{ op: 'MatMul', inputs: ['a', 'b'], outputs: ['y'] }],
    },
    vector: { inputs: { a: [[2]], b: [[3]] }, outputs: { y: [[6]] } },
    // A few hundred kilobytes that come to 3.6 GB.
    wrong: { a: numbers(30_000).map((value) => [value]), b: [numbers(30_000)] },
  },
];

it('attack by callers: index out of range, lengths that do not agree, what is too big, six times without a key from six networks: 4xx for the caller, and Worked stays as it was', async () => {
  await using data = await openTempDir();
  await using network = await startLocalNetwork({ dataDir: data.path, port: 0, trustedProxies: 1 });
  const publisher = createUser(network.url);
  const { client } = createUser(network.url);
  for (const { name, spec, vector, wrong } of cases) {
    const open = (values: ModelSpec['inputs']) =>
      values.map(({ name: of, datatype, shape }) => ({
        name: of,
        datatype,
        shape: (shape ?? []).map((size) => (typeof size === 'number' ? size : -1)),
      }));
    const release = createRelease({ 'model.onnx': buildModel(spec) }, {
      ...{ publisher: publisher.address, name },
      inputs: open(spec.inputs),
      outputs: open(spec.outputs),
      vectors: [{ name: 'one', ...vector, rtol: 1e-4, atol: 1e-6 }],
    } as never);
    const { reference, digest } = await publishDirectly(publisher, release);
    await untilRelease(client, reference, isCallable);
    for (let index = 0; index < 6; index++) {
      const response = await fetch(`${network.url}/v1/run/${reference}`, {
        method: 'POST',
        headers: { 'x-forwarded-for': `203.0.${index + 1}.7` },
        body: JSON.stringify(wrong),
      });
      expect(await response.json(), name).toMatchObject({
        code: 'InputFailed',
        who: 'caller',
        status: 422,
        example: vector.inputs,
      });
    }
    expect((await runModel(client, reference, vector.inputs)).outputs).toEqual(vector.outputs);
    await untilRelease(client, reference, isTrue('Worked'));
    const { statements } = await listStatements(client, digest);
    const called = statements.flatMap(({ statement: { kind, body } }) => (kind === 'release.called' ? [body] : []));
    expect(called, name).toMatchObject([{ signed: 1, failed: 0 }]);
  }
}, 180_000);

it('a model that fails on its own vector too is the publisher’s to mend: 502, counted, and Worked is False', async () => {
  await using data = await openTempDir();
  const runners = join(data.path, 'runners');
  await mkdir(runners);
  await using pool = createRunnerPool({ limit: 8, memoryBytes: 2 ** 30, directory: runners });
  const breaking = createBreakingRuntime(pool);
  await using network = await startLocalNetwork({ dataDir: data.path, port: 0, node: { runtime: breaking } });
  const publisher = createUser(network.url);
  const { client } = createUser(network.url);
  const { reference } = await publishDirectly(publisher, doublingRelease({ publisher: publisher.address }));
  await untilRelease(client, reference, isCallable);
  breaking.isBroken = true;
  for (let index = 0; index < 6; index++)
    await expect(runModel(client, reference, { x: [index] })).rejects.toMatchObject({
      code: 'CallFailed',
      who: 'publisher',
    });
  const view = await untilRelease(client, reference, (one) => conditionOf(one, 'Worked').status === 'False');
  expect(conditionOf(view, 'Worked').reason).toBe('RecentFailures');
}, 120_000);

/** An honest runtime until it breaks: as where the machine of a node is given another, or its disk goes bad. */
function createBreakingRuntime(honest: Runtime): Runtime & { isBroken: boolean } {
  const breaking = {
    isBroken: false,
    async load(...given: Parameters<Runtime['load']>) {
      const loaded = await honest.load(...given);
      return loaded.ok ? { ...loaded, model: breakModel(loaded.model) } : loaded;
    },
  };
  const breakModel = (model: LoadedModel): LoadedModel =>
    new Proxy(model, {
      get(target, property) {
        if (property !== 'run' || !breaking.isBroken) return Reflect.get(target, property, target) as unknown;
        const run: LoadedModel['run'] = async () => ({
          ok: false,
          kind: 'model',
          reason: 'RunFailed',
          message: 'The Mul node failed.',
        });
        return run;
      },
    });
  return breaking;
}
