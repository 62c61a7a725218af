import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startLocalNetwork } from '@callable/local';
import { type NodeOverrides, type RunningNode, startNode } from '@callable/node';
import { addressOf, defaultPolicy } from '@callable/protocol';
import { createRunnerPool, type Runtime } from '@callable/runtime';
import { createClient, listNodes } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  fetchFrom,
  publicAddressOf,
  publishDirectly,
  randomKey,
  untilRelease,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { openTempDir } from './support/open-temp-dir.ts';
import { runCallable } from './support/run-callable.ts';
import { untilTrue } from './support/until-true.ts';

const log = pino({ level: 'error' }, pino.destination(2));

it('attack: who invents what wasm answers is found by a seed that runs the release again, and by any reader', async () => {
  await using data = await openTempDir();
  const seedKey = randomKey();
  const policy = { ...defaultPolicy, seeds: [addressOf(seedKey)], standing: { comparisons: 1, days: 0 } };
  const dataDir = join(data.path, 'network');
  await using network = await startLocalNetwork({
    dataDir,
    port: 0,
    nodes: 0,
    trustedProxies: 1,
    hub: { policy },
    log,
  });
  const { url } = network;
  const start = async (name: string, key = randomKey(), overrides: NodeOverrides = {}): Promise<RunningNode> => {
    // Each in a network of its own: those of one are one voice.
    const hub = createClient(url, { key, fetch: fetchFrom(publicAddressOf(addressOf(key))) });
    const settings = { hubUrl: url, dataDir: join(data.path, name), key, memoryBytes: 2 ** 30, slots: 2, tasks: 2 };
    const node = await startNode(settings, { log, hub, ...overrides });
    await node.joined;
    return node;
  };
  const runners = join(data.path, 'lying-runners');
  await mkdir(runners);
  await using wasm = createRunnerPool({ engine: 'wasm', limit: 2, memoryBytes: 2 ** 29, directory: runners });
  await using seed = await start('seed', seedKey);
  await using honest = await start('honest');
  await using liar = await start('liar', randomKey(), { adjudicator: inventing(wasm) });

  const user = createUser(url);
  const { client, address } = user;
  const nodeOf = async (node: string) => (await listNodes(client)).nodes.find((one) => one.node === node);
  await untilTrue('three connected nodes', async () => {
    const { nodes } = await listNodes(client);
    return nodes.filter(({ connected }) => connected).length === 3;
  });
  const { reference } = await publishDirectly(user, doublingRelease({ publisher: address }));
  const view = await untilRelease(client, reference, (one) =>
    conditionOf(one, 'Verified').message.includes('recomputed'),
  );
  expect(conditionOf(view, 'Verified')).toMatchObject({ status: 'True' });
  await untilTrue('the liar is convicted', async () => {
    const { nodes } = await listNodes(client, { convicted: true });
    return nodes.some(({ node }) => node === liar.address);
  });
  expect(await nodeOf(seed.address)).toMatchObject({ convicted: null });
  expect(await nodeOf(honest.address)).toMatchObject({ convicted: null });

  const verify = async () => {
    const ended = await runCallable(['verify', reference, '--hub', url, '--recompute', '--json'], { home: data.path });
    const { findings } = JSON.parse(ended.stdout) as { findings: { what: string; outcome: string }[] };
    return { code: ended.code, outcomes: new Map(findings.map(({ what, outcome }) => [what, outcome])) };
  };
  let again = await verify();
  // What the seed said is in the log a little later than what follows from it.
  await untilTrue('the recomputation is in the log', async () => {
    again = await verify();
    return again.outcomes.has(`recomputation of ${seed.address}`);
  });
  const { outcomes } = again;
  expect(outcomes.get(`report of ${liar.address}`)).toBe('failed');
  expect(outcomes.get(`recomputation of ${seed.address}`)).toBe('checked');
  expect(outcomes.get(`report of ${honest.address}`)).toBe('checked');
  expect(again.code).toBe(1);
}, 120_000);

/** Honest but for the last byte of what it answers to made-up inputs. */
const inventing = (wasm: Runtime): Runtime => ({
  async load(source, options) {
    const loaded = await wasm.load(source, options);
    if (!loaded.ok) return loaded;
    const { model } = loaded;
    const run: typeof model.run = async (call, running) => {
      const outcome = await model.run(call, running);
      if (!outcome.ok || call.encoding !== 'raw') return outcome;
      const body = Uint8Array.from(outcome.body);
      body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
      return { ...outcome, body };
    };
    const lying = new Proxy(model, {
      get: (target, property) => (property === 'run' ? run : (Reflect.get(target, property, target) as unknown)),
    });
    return { ...loaded, model: lying };
  },
});
