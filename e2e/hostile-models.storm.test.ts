import { buildModel } from '@callable/formats/build';
import { type CallableError, isCallable as isCallableNow, type Manifest, type ReleaseView } from '@callable/protocol';
import { getRelease, listStatements, runModel } from '@callable/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUser, type User } from './support/create-user.ts';
import { describeModel } from './support/describe-model.ts';
import { doublingRelease } from './support/doubling-release.ts';
import {
  dividingRelease,
  growingModel,
  hostileReleases,
  largestRelease,
  smallestInt32,
} from './support/hostile-releases.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { publishDirectly } from './support/publish-directly.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';
import { conditionOf, isCallable, untilRelease } from './support/until-release.ts';

let home: Awaited<ReturnType<typeof openTempDir>>;
let data: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;
let attacker: User;
let stranger: User;
let good = '';

beforeAll(async () => {
  home = await openTempDir();
  data = await openTempDir();
  network = await startNetwork({ dataDir: data.path, home: home.path });
  attacker = createUser(network.url);
  stranger = createUser(network.url);
  const publisher = createUser(network.url);
  good = (await publishDirectly(publisher, doublingRelease(publisher.address, 'good'))).reference;
  await untilRelease(stranger.client, good, isCallable);
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

it('every hostile release ends with its reason, while a good one goes on answering and a new one gets through', async () => {
  const done = new AbortController();
  const latencies = keepCalling(good, done.signal);
  const hostile = hostileReleases(attacker.address);
  const published = await Promise.all(
    hostile.map(async ({ name, ends, release }) => {
      const { reference } = await publishDirectly(attacker, release);
      return { name, ends, reference };
    }),
  );
  const newcomer = createUser(network.url);
  const late = await publishDirectly(newcomer, doublingRelease(newcomer.address, 'late', { salt: 1 }));
  const lateBegan = Date.now();
  const lateMs = untilRelease(stranger.client, late.reference, isCallable).then(() => Date.now() - lateBegan);

  const ended = await Promise.all(
    published.map(async ({ name, reference }) => {
      const view = await untilRelease(stranger.client, reference, hasFailed, 150_000);
      return [name, conditionOf(view, 'Verified').reason];
    }),
  );
  done.abort();
  expect(Object.fromEntries(ended)).toEqual(Object.fromEntries(published.map(({ name, ends }) => [name, ends])));
  for (const { reference } of published) await expectRefusal(reference);
  for (const { name, code } of refusedFindings) {
    const reference = published.find((each) => each.name === name)?.reference ?? '';
    expect(await findingsOf(reference)).toContainEqual(expect.objectContaining({ code, severity: 'refuse' }));
  }
  // One of them runs until its time is up, and others crash: whoever comes after them does not wait for that.
  expect(await lateMs).toBeLessThan(40_000);
  const { slowest, calls, failures } = await latencies;
  expect(failures).toEqual([]);
  expect(calls).toBeGreaterThan(20);
  expect(slowest).toBeLessThan(10_000);
}, 240_000);

it('an input that kills the process costs its own call; after the third the release is out of service, and says so', async () => {
  const { reference } = await publishDirectly(attacker, dividingRelease(attacker.address, 'divide'));
  await untilRelease(stranger.client, reference, isCallable);
  const divide = (a: number, b: number) => runModel(stranger.client, reference, { a: [a], b: [b] });
  for (let crash = 1; crash <= 3; crash++) {
    expect((await divide(8, 2)).outputs).toEqual({ c: [4] });
    const [killer, ...others] = await Promise.allSettled([divide(smallestInt32, -1), double(1), double(2)]);
    expect(codeOf(killer)).toBe('CallCrashed');
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  }
  const refused = await divide(8, 2).catch((error: CallableError) => error);
  expect(refused).toMatchObject({ code: 'Quarantined', message: expect.stringMatching(/3 crashes .* division/) });
  await double(3);
}, 120_000);

it('a batch without rows kills the runner of TopK, and nothing else', async () => {
  const { reference } = await publishDirectly(attacker, largestRelease(attacker.address, 'largest'));
  await untilRelease(stranger.client, reference, isCallable);
  // Verified, since its vectors pass; what it does with strange inputs is known from the start.
  expect(await findingsOf(reference)).toContainEqual(expect.objectContaining({ code: 'CrashesOnExtremeInput' }));
  const largest = (x: number[][]) => runModel(stranger.client, reference, { x });
  const [killer, other] = await Promise.allSettled([largest([]), double(4)]);
  expect(codeOf(killer)).toBe('CallCrashed');
  expect(other?.status).toBe('fulfilled');
  expect((await largest([[1, 2, 9, 4]])).outputs).toEqual({ y: [[9]], at: [[2]] });
}, 120_000);

it('a call that wants more memory than the model may have fails alone', async () => {
  const release = describeModel(
    attacker.address,
    'grow',
    { 'model.onnx': growingModel() },
    {
      inputs: [{ name: 'size', datatype: 'INT64', shape: [1] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [-1] }],
      vectors: [{ name: 'two', inputs: { size: [2] }, outputs: { y: [0, 0] }, rtol: 0, atol: 0 }],
    },
  );
  const { reference } = await publishDirectly(attacker, release);
  await untilRelease(stranger.client, reference, isCallable);
  const grow = (size: number) => runModel(stranger.client, reference, { size: [size] });
  for (const size of [2 * 10 ** 8, 10 ** 8]) {
    const [greedy, other] = await Promise.allSettled([grow(size), double(5)]);
    expect(codeOf(greedy)).toMatch(/^(OutOfMemory|CallFailed|CallCrashed)$/);
    expect(other?.status).toBe('fulfilled');
  }
  expect((await grow(3)).outputs).toEqual({ y: [0, 0, 0] });
}, 120_000);

it('a string with a NUL, which the runtime would cut, is refused', async () => {
  const text: Manifest['inputs'][number] = { name: 't', datatype: 'BYTES', shape: [-1] };
  const same = buildModel({
    inputs: [{ ...text, shape: ['n'] }],
    outputs: [{ ...text, name: 's', shape: ['n'] }],
    nodes: [{ op: 'Identity', inputs: ['t'], outputs: ['s'] }],
  });
  const release = describeModel(
    attacker.address,
    'echo',
    { 'model.onnx': same },
    {
      inputs: [text],
      outputs: [{ ...text, name: 's' }],
      vectors: [{ name: 'one', inputs: { t: ['a'] }, outputs: { s: ['a'] }, rtol: 0, atol: 0 }],
    },
  );
  const { reference } = await publishDirectly(attacker, release);
  await untilRelease(stranger.client, reference, isCallable);
  const echo = (t: string[]) => runModel(stranger.client, reference, { t });
  expect((await echo(['über', '', '日本\n'])).outputs).toEqual({ s: ['über', '', '日本\n'] });
  const refused = await echo(['a', 'b\u0000c']).catch((error: CallableError) => error);
  expect(refused).toMatchObject({ code: 'InvalidInput', message: expect.stringContaining('NUL') });
}, 60_000);

it('after all of it the process is the one that was started, and ends as it should', async () => {
  await double(6);
  expect(network.process.child.exitCode).toBeNull();
  // With --json one document, whatever there was to warn of.
  expect(network.process.stdout().trim().split('\n')).toHaveLength(1);
  expect(await network.stop()).toBe(0);
  expect(await network.leftovers()).toEqual([]);
});

/** What the inspection says beyond the reason, which many attacks share. */
const refusedFindings = [
  { name: 'reads-files-of-the-node', code: 'UnsafeExternalPath' },
  { name: 'reads-memory-of-the-runtime', code: 'MemoryAddressPath' },
  { name: 'asks-for-40-gb-on-load', code: 'OutputBomb' },
  { name: 'doubles-forty-times', code: 'OutputBomb' },
  { name: 'a-billion-nodes', code: 'FunctionBomb' },
  { name: 'calls-itself', code: 'RecursiveFunction' },
  { name: 'hides-in-a-domain-of-the-runtime', code: 'FunctionShadowsOperator' },
];

/** What the nodes signed that they noticed. */
async function findingsOf(reference: string): Promise<unknown[]> {
  const { statements } = await listStatements(stranger.client, reference);
  return statements.flatMap(({ statement }) => (statement.body['findings'] as unknown[] | undefined) ?? []);
}

async function double(x: number): Promise<void> {
  const { outputs } = await runModel(stranger.client, good, { x: [x] });
  expect(outputs).toEqual({ y: [2 * x] });
}

const hasFailed = (view: ReleaseView) =>
  !isCallableNow(view.conditions) && conditionOf(view, 'Verified').status === 'False';

const codeOf = (outcome: PromiseSettledResult<unknown> | undefined) =>
  outcome?.status === 'rejected' ? (outcome.reason as CallableError).code : 'answered';

/** A release that is not callable answers with its failing condition. */
async function expectRefusal(reference: string): Promise<void> {
  const { reason } = conditionOf(await getRelease(stranger.client, reference), 'Verified');
  const refused = await runModel(stranger.client, reference, { x: [1] }).catch((error: CallableError) => error);
  expect(refused).toMatchObject({ code: reason });
}

/** Calls one after another until told to stop, and notes how long each took. */
async function keepCalling(reference: string, until: AbortSignal) {
  const failures: unknown[] = [];
  let slowest = 0;
  let calls = 0;
  while (!until.aborted) {
    const began = performance.now();
    await runModel(stranger.client, reference, { x: [calls] }).catch((error: unknown) => failures.push(error));
    slowest = Math.max(slowest, performance.now() - began);
    calls++;
  }
  console.log(`hostile models: ${calls} calls of the good release, the slowest took ${Math.round(slowest)} ms`);
  return { slowest, calls, failures };
}
