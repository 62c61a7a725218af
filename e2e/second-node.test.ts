import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeKeyFile, readKeyFile } from '@callable/disk';
import { startLocalNetwork } from '@callable/local';
import { addressOf, defaultPolicy } from '@callable/protocol';
import { type Client, listNodes, runModel } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  startForwardingProxy,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { findProcesses } from './support/find-processes.ts';
import { killTree } from './support/kill-tree.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNodeProcess } from './support/start-node-process.ts';
import { untilTrue } from './support/until-true.ts';

it('a stranger joins with a node, is drawn, and serves what the first node no longer can', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  // One comparison is standing here, at once: elsewhere it takes a week.
  const policy = { ...defaultPolicy, standing: { comparisons: 1, days: 0 } };
  const options = { dataDir: data.path, port: 0, trustedProxies: ['127.0.0.1'], hub: { policy } };
  await using network = await startLocalNetwork(options);
  await using place = await openTempDir();
  // Elsewhere: two on one machine are one voice.
  await using elsewhere = await startForwardingProxy(network.url, '203.0.114.7');
  const second = await startNodeProcess(elsewhere.url, place.path, home.path);
  const publisher = createUser(network.url);
  const caller = createUser(network.url);
  try {
    await untilTrue('a second connected node', async () => {
      const { nodes } = await listNodes(caller.client);
      return nodes.filter(({ connected }) => connected).length === 2;
    });

    const { reference } = await publishDirectly(
      publisher,
      doublingRelease({ publisher: publisher.address, name: 'double' }),
    );
    const view = await untilRelease(caller.client, reference, isCallable);
    const verified = conditionOf(view, 'Verified');
    expect(verified.message).toContain('the word of 1 seed');
    await untilTrue('a node of standing beside the seed', async () => {
      const { nodes } = await listNodes(caller.client);
      return nodes.find(({ node }) => node === second.node)?.standing?.class === 'standing';
    });
    await untilTrue('answers of both nodes', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => runModel(caller.client, reference, { x: [n] })),
      );
      expect(answers.map(({ outputs }) => outputs)).toEqual(answers.map((_, n) => ({ y: [2 * n] })));
      const answeredBy = new Set<string>(answers.map(({ node }) => node));
      return answeredBy.size === 2 && answeredBy.has(second.node);
    });
  } finally {
    second.process.child.kill('SIGINT');
  }
  expect((await second.process.ended).code).toBe(0);
  expect(await findProcesses(place.path)).toEqual([]);
}, 120_000);

it('kill -9 of the node that answers costs no call: what it was answering is asked of the other', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const options = {
    dataDir: data.path,
    port: 0,
    nodes: 0,
    trustedProxies: ['127.0.0.1'],
    hub: { policy: { ...defaultPolicy, seeds: [] } },
  };
  await using network = await startLocalNetwork(options);
  // Each in a network of its own: of two in one, one would be drawn, and the other would not hold the model.
  await using here = await startForwardingProxy(network.url, '203.0.114.7');
  await using there = await startForwardingProxy(network.url, '203.0.115.7');
  const nodes = await Promise.all([
    startNodeProcess(here.url, join(data.path, 'one'), home.path),
    startNodeProcess(there.url, join(data.path, 'two'), home.path),
  ]);
  try {
    const publisher = createUser(network.url);
    const caller = createUser(network.url);
    const { reference } = await publishDirectly(
      publisher,
      doublingRelease({ publisher: publisher.address, name: 'double' }),
    );
    await untilRelease(caller.client, reference, isCallable);

    const before = await runModel(caller.client, reference, { x: [1] });
    const victim = nodes.find(({ node }) => node === before.node);
    const survivor = nodes.find(({ node }) => node !== before.node);
    expect(victim && survivor).toBeDefined();
    let killed: Promise<void> | null = null;
    const failures: unknown[] = [];
    const answeredBy: string[] = [];
    for (let n = 0; n < 60; n++) {
      const calls = [0, 1, 2].map((lane) => runModel(caller.client, reference, { x: [n + lane] }));
      if (n === 20) killed = killTree(victim!.process.pid);
      for (const [lane, outcome] of (await Promise.allSettled(calls)).entries()) {
        if (outcome.status === 'rejected') failures.push(outcome.reason);
        else {
          expect(outcome.value.outputs).toEqual({ y: [2 * (n + lane)] });
          answeredBy.push(outcome.value.node);
        }
      }
    }
    await killed;
    expect(failures).toEqual([]);
    expect(answeredBy.slice(-60)).toEqual(Array.from({ length: 60 }, () => survivor!.node));
    expect(answeredBy.length).toBe(180);
  } finally {
    for (const { process } of nodes) await killTree(process.pid);
    await Promise.all(nodes.map(({ process }) => process.ended));
  }
  expect(await findProcesses(join(data.path, 'one'))).toEqual([]);
}, 120_000);

it.each([
  ['of which one is a seed, as README says: its word stands, the other is compared', true, 'the word of 1 seed'],
  ['in an open network: they are one voice', false, 'on 1 of 1 nodes'],
])(
  'one machine with two nodes, %s, and when the one that answers dies the other does',
  async (_, isSeed, word) => {
    await using home = await openTempDir();
    await using data = await openTempDir();
    // As an older build left them.
    for (const name of ['hub', 'one', 'two']) await mkdir(join(data.path, name), { mode: 0o755 });
    const keyFile = join(data.path, 'one', 'key');
    await makeKeyFile(keyFile, randomBytes);
    const { key } = (await readKeyFile(keyFile)) ?? {};
    await using network = await startLocalNetwork({
      dataDir: data.path,
      port: 0,
      nodes: 0,
      hub: { policy: { ...defaultPolicy, seeds: isSeed && key ? [addressOf(key)] : [] } },
    });
    const nodes = await Promise.all(
      ['one', 'two'].map((name) => startNodeProcess(network.url, join(data.path, name), home.path)),
    );
    try {
      const publisher = createUser(network.url);
      const caller = createUser(network.url);
      for (const name of ['hub', 'one', 'two']) expect((await stat(join(data.path, name))).mode & 0o777).toBe(0o700);
      await untilTrue('two connected nodes', async () => (await listConnected(caller.client)).length === 2);
      const { reference } = await publishDirectly(
        publisher,
        doublingRelease({ publisher: publisher.address, name: 'double' }),
      );
      const view = await untilRelease(caller.client, reference, isCallable);
      expect(conditionOf(view, 'Verified').message).toContain(word);
      const before = await runModel(caller.client, reference, { x: [1] });
      const drawn = nodes.find(({ node }) => node === before.node);
      await killTree(drawn!.process.pid);
      const killedAt = performance.now();
      let after: string | null = null;
      await untilTrue(
        'an answer of the other node',
        async () => {
          const answer = await runModel(caller.client, reference, { x: [2] }).catch(() => null);
          after = answer?.node ?? null;
          return after !== null;
        },
        60_000,
      );
      expect(after).toBe(nodes.find((one) => one !== drawn)?.node);
      console.info(
        `The other node answered ${Math.round(performance.now() - killedAt)} ms after the drawn one was killed.`,
      );
    } finally {
      for (const { process } of nodes) await killTree(process.pid);
      await Promise.all(nodes.map(({ process }) => process.ended));
    }
  },
  120_000,
);

const listConnected = async (client: Client) => (await listNodes(client)).nodes.filter(({ connected }) => connected);
