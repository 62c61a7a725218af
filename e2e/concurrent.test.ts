import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallableError } from '@callable/protocol';
import { createClient, getRelease, runModel, watchRelease } from '@callable/sdk';
import {
  createUser,
  doublingModel,
  doublingRelease,
  isCallable,
  loopingRelease,
  mostSteps,
  publishDirectly,
  untilRelease,
} from '@callable/stand-ins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { type CallableResult, runCallable } from './support/run-callable.ts';
import { type NetworkProcess, startNetwork } from './support/start-network.ts';

let home: Awaited<ReturnType<typeof openTempDir>>;
let data: Awaited<ReturnType<typeof openTempDir>>;
let network: NetworkProcess;

beforeAll(async () => {
  home = await openTempDir();
  data = await openTempDir();
  network = await startNetwork({ dataDir: data.path, home: home.path });
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

type Published = { reference: string; digest: string; callable: boolean };

it('two publishes of the same version at once: the same bytes are one release, other bytes lose with a reason', async () => {
  const publish = async (name: string, salt: number): Promise<CallableResult> => {
    const file = join(home.path, `${name}-${salt}.onnx`);
    await writeFile(file, doublingModel({ salt }));
    return runCallable(['publish', file, '--name', name, '--version', '1.0.0', '--json', '--hub', network.url], {
      home: home.path,
    });
  };
  const same = await Promise.all([publish('same', 1), publish('same', 1)]);
  expect(same.map(({ code, json }) => (code === 0 ? 0 : json))).toEqual([0, 0]);
  const [first, second] = same.map(({ json }) => json as Published);
  expect(first).toMatchObject({ callable: true });
  expect(second).toMatchObject({ callable: true, digest: first?.digest });

  const other = await Promise.all([publish('other', 2), publish('other', 3)]);
  const winner = other.find(({ code }) => code === 0);
  const loser = other.find(({ code }) => code !== 0);
  expect(loser?.code).toBe(1);
  expect(loser?.json).toMatchObject({ error: { code: 'VersionExists' } });
  const { reference, digest } = winner!.json as Published;
  expect((await getRelease(createClient(network.url), reference)).digest).toBe(digest);
}, 120_000);

it('fifty calls without a key are answered while another model hangs, and both watchers see the same end', async () => {
  const publisher = createUser(network.url);
  const stranger = createClient(network.url);
  const good = await publishDirectly(publisher, doublingRelease({ publisher: publisher.address, name: 'good' }));
  const watchers = [1, 2, 3].map(async () => {
    for await (const view of watchRelease(stranger, good.reference, { signal: AbortSignal.timeout(60_000) })) {
      if (view.conditions.find(({ type }) => type === 'Worked')?.status === 'True') return view;
    }
    return null;
  });
  const hanging = await publishDirectly(publisher, loopingRelease({ publisher: publisher.address, name: 'hanging' }));
  await untilRelease(publisher.client, good.reference, isCallable);
  await untilRelease(publisher.client, hanging.reference, isCallable);

  // More than a node has slots: those that wait for a model that hangs must not take the places of others.
  let stillHang = 12;
  const hung = Promise.allSettled(
    Array.from({ length: stillHang }, () =>
      runModel(stranger, hanging.reference, { times: mostSteps, x: 1 }, { timeoutMs: 15_000 }).finally(() => {
        stillHang--;
      }),
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => runModel(stranger, good.reference, { x: [n] }, { timeoutMs: 20_000 })),
  );
  const hangAtTheEnd = stillHang;
  expect(answers.map(({ outputs }) => outputs)).toEqual(answers.map((_, n) => ({ y: [2 * n] })));
  // By order, not by the clock: all of them while every other call still hangs.
  expect(hangAtTheEnd).toBe(12);
  const outcomes = await hung;
  const codes = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as CallableError).code : '',
  );
  expect(codes).toEqual(outcomes.map(() => 'CallTimedOut'));
  // The model that hung is there again for the next caller.
  expect((await runModel(stranger, hanging.reference, { times: 2, x: 1 })).outputs).toEqual({ y: 3 });
  const views = await Promise.all(watchers);
  expect(views.map((view) => view?.digest)).toEqual([good.digest, good.digest, good.digest]);
}, 120_000);

it('Ctrl-C while calls are under way answers them, ends with 0 and leaves no process', async () => {
  const publisher = createUser(network.url);
  const { reference } = await publishDirectly(
    publisher,
    loopingRelease({ publisher: publisher.address, name: 'slow' }),
  );
  await untilRelease(publisher.client, reference, isCallable);
  const steps = await stepsFor(1500, (times) => runModel(publisher.client, reference, { times, x: 0 }));
  const calls = [1, 2].map((x) => runModel(publisher.client, reference, { times: steps, x }));
  await delay(300);
  const stopped = network.stop();
  const outcomes = await Promise.allSettled(calls);
  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'answered'))).toEqual([
    'answered',
    'answered',
  ]);
  expect(await stopped).toBe(0);
  // With --json one document, whatever there was to warn of.
  expect(network.process.stdout().trim().split('\n')).toHaveLength(1);
  expect(await network.leftovers()).toEqual([]);
}, 120_000);

/** How often a loop turns in about this time on this machine. */
async function stepsFor(ms: number, run: (times: number) => Promise<unknown>): Promise<number> {
  for (let times = 10_000; ; times *= 4) {
    const began = Date.now();
    await run(times);
    const took = Date.now() - began;
    if (took > ms / 4) return Math.round((times * ms) / took);
  }
}
