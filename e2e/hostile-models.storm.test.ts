import { join } from 'node:path';
import { buildModel } from '@callable/formats/build';
import { type LocalNetwork, startLocalNetwork } from '@callable/local';
import { type RunningNode, startNode } from '@callable/node';
import {
  type CallableError,
  defaultPolicy,
  isCallable as isCallableNow,
  type Manifest,
  type ReleaseView,
} from '@callable/protocol';
import { getRelease, listStatements, runModel } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  describeModel,
  doublingRelease,
  isCallable,
  publishDirectly,
  randomKey,
  toyRelease,
  type User,
  untilRelease,
} from '@callable/stand-ins';
import { testFormats, testRuntimes } from '@callable/test-engine';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProcesses } from './support/find-processes.ts';
import { hostileReleases } from './support/hostile-releases.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { untilTrue } from './support/until-true.ts';

const log = pino({ level: 'error' }, pino.destination(2));

let data: Awaited<ReturnType<typeof openTempDir>>;
let network: LocalNetwork;
let node: RunningNode;
let attacker: User;
let stranger: User;
let good = '';

beforeAll(async () => {
  data = await openTempDir();
  network = await startLocalNetwork({
    dataDir: join(data.path, 'network'),
    port: 0,
    nodes: 0,
    hub: { policy: { ...defaultPolicy, seeds: [] } },
    log,
  });
  const key = randomKey();
  const settings = { hubUrl: network.url, dataDir: join(data.path, 'node'), key, loadMs: 20_000, runMs: 20_000 };
  node = await startNode(settings, { formats: testFormats, runtimes: testRuntimes, log });
  await node.joined;
  attacker = createUser(network.url);
  stranger = createUser(network.url);
  const publisher = createUser(network.url);
  good = (await publishDirectly(publisher, doublingRelease({ publisher: publisher.address, name: 'good' }))).reference;
  await untilRelease(stranger.client, good, isCallable);
}, 120_000);
afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  await network?.[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
}, 60_000);

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
  const late = await publishDirectly(
    newcomer,
    doublingRelease({ publisher: newcomer.address, name: 'late' }, { salt: 1 }),
  );
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
  const call = await publishToy('fragile', '13 abort');
  for (let crash = 1; crash <= 3; crash++) {
    expect((await call([4])).outputs).toEqual({ y: [8] });
    const [killer, ...others] = await Promise.allSettled([call([13]), double(1), double(2)]);
    expect(codeOf(killer)).toBe('InputFailed');
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  }
  const refused = await call([4]).catch((error: CallableError) => error);
  expect(refused).toMatchObject({ code: 'Quarantined', message: expect.stringMatching(/3 crashes .* abort/) });
  await double(3);
}, 120_000);

it('a batch without rows that kills the runner of its model, and nothing else', async () => {
  const call = await publishToy('never-empty', 'empty abort');
  // Verified, since its vector holds; what it does with strange inputs is known from the start.
  const { reference } = call;
  expect(await findingsOf(reference)).toContainEqual(expect.objectContaining({ code: 'CrashesOnExtremeInput' }));
  const [killer, other] = await Promise.allSettled([call([]), double(4)]);
  expect(codeOf(killer)).toBe('InputFailed');
  expect(other?.status).toBe('fulfilled');
  expect((await call([9])).outputs).toEqual({ y: [18] });
}, 120_000);

it('a call that wants more memory than the model may have fails alone', async () => {
  const call = await publishToy('grow', '13 allocate 2048', '14 allocate 900');
  for (const greed of [13, 14]) {
    const [greedy, other] = await Promise.allSettled([call([greed]), double(5)]);
    expect(codeOf(greedy)).toBe('InputFailed');
    expect(other?.status).toBe('fulfilled');
  }
  expect((await call([3])).outputs).toEqual({ y: [6] });
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

it('after all of it the node is the one that was started, and leaves no process when it ends', async () => {
  await double(6);
  await node[Symbol.asyncDispose]();
  await untilTrue('no runner', async () => (await findProcesses(join(data.path, 'node'))).length === 0);
  await network[Symbol.asyncDispose]();
  await untilTrue('no process at all', async () => (await findProcesses(data.path)).length === 0);
}, 60_000);

/** What the inspection says beyond the reason, which many attacks share. */
const refusedFindings = [
  { name: 'reads-files-of-the-node', code: 'UnsafeExternalPath' },
  { name: 'reads-memory-of-the-runtime', code: 'MemoryAddressPath' },
  { name: 'declares-more-than-a-node-has', code: 'OutputBomb' },
  { name: 'doubles-forty-times', code: 'OutputBomb' },
  { name: 'calls-too-deep', code: 'FunctionBomb' },
  { name: 'calls-itself', code: 'RecursiveFunction' },
  { name: 'hides-in-a-domain-of-the-runtime', code: 'FunctionShadowsOperator' },
];

/** What the nodes signed that they noticed. */
async function findingsOf(reference: string): Promise<unknown[]> {
  const { statements } = await listStatements(stranger.client, reference);
  return statements.flatMap(({ statement }) => (statement.body['findings'] as unknown[] | undefined) ?? []);
}

/** A toy of the attacker, callable by a stranger. */
async function publishToy(name: string, ...lines: string[]) {
  const { reference } = await publishDirectly(attacker, toyRelease(name, lines, { publisher: attacker.address }));
  await untilRelease(stranger.client, reference, isCallable);
  return Object.assign((x: number[]) => runModel(stranger.client, reference, { x }), { reference });
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
