import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listHoldings, listNodes, runModel } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { findProcesses } from './support/find-processes.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { startNetwork } from './support/start-network.ts';
import { untilTrue } from './support/until-true.ts';

it('callable up --nodes 2: the one that answers is killed and the other answers; it is started again, and nothing outlives a kill -9 of all', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const place = { dataDir: data.path, home: home.path };
  let reference: string;
  let nodes: string[];
  {
    await using network = await startNetwork({ ...place, nodes: 2 });
    const { url, process: up } = network;
    nodes = network.nodes.map(({ node }) => node);
    for (const directory of ['node', 'nodes/2'])
      expect((await stat(join(data.path, directory))).mode & 0o777).toBe(0o700);
    const publisher = createUser(url);
    const { client } = createUser(url);
    const isThere = (node: string, { nodes: listed }: Awaited<ReturnType<typeof listNodes>>) =>
      listed.some((one) => one.node === node && one.connected && one.operator !== node);
    await untilTrue('both nodes are connected', async () => {
      const listed = await listNodes(client);
      return nodes.every((node) => isThere(node, listed));
    });
    const published = await publishDirectly(
      publisher,
      doublingRelease({ publisher: publisher.address, name: 'double' }),
    );
    reference = published.reference;
    const view = await untilRelease(client, reference, isCallable);
    // One operator is one voice, however many processes it has.
    expect(conditionOf(view, 'Verified').message).toBe(
      'Loaded in isolation and its vectors passed: the word of 1 seed.',
    );
    await untilTrue('the release on both', async () => {
      const lists = await Promise.all(network.nodes.map(({ node }) => listHoldings(client, node)));
      return lists.every(({ holdings }) =>
        holdings.some(({ release, state }) => release === view.digest && state === 'warm'),
      );
    });

    const before = await runModel(client, reference, { x: [1] });
    const victim = network.nodes.find(({ node }) => node === before.node);
    const survivor = network.nodes.find(({ node }) => node !== before.node);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await untilTrue('the word that it ended', async () =>
      up.stderr().includes(`${victim?.node} has ended (SIGKILL ended it); started again in 1.0 s`),
    );
    expect(await runModel(client, reference, { x: [2] })).toMatchObject({ outputs: { y: [4] }, node: survivor?.node });
    await untilTrue('its return', async () => up.stderr().split(`${victim?.node} is process`).length === 3);
    // It has the release on its disk, and loads it when it is the one that is left.
    process.kill(survivor?.pid ?? 0, 'SIGKILL');
    await untilTrue('an answer of it', async () => {
      const answer = await runModel(client, reference, { x: [3] }).catch(() => null);
      return answer?.node === victim?.node;
    });
    expect(await network.stop()).toBe(0);
    expect(up.stderr()).not.toContain('"level":50');
    expect(await network.leftovers()).toEqual([]);
  }

  {
    await using network = await startNetwork({ ...place, nodes: 2 });
    expect(network.nodes.map(({ node }) => node)).toEqual(nodes);
    const found = (await findProcesses(data.path)).map(({ pid }) => pid);
    for (const { pid } of network.nodes) expect(found).toContain(pid);
    await network.kill('process');
    await untilTrue('the end of every process', async () => (await findProcesses(data.path)).length === 0);
  }

  await using network = await startNetwork({ ...place, nodes: 0 });
  expect(network.nodes).toEqual([]);
  const publisher = createUser(network.url);
  await expect(runModel(publisher.client, reference, { x: [1] })).rejects.toMatchObject({ code: 'NoNodeHoldsModel' });
  const waiting = await publishDirectly(publisher, doublingRelease({ publisher: publisher.address, name: 'waits' }));
  // Nobody is here, or nobody but nodes that died without a goodbye.
  const view = await untilRelease(publisher.client, waiting.reference, (one) =>
    /^Awaiting(Validators|Seed)$/.test(conditionOf(one, 'Verified').reason),
  );
  expect(conditionOf(view, 'Verified').status).toBe('Unknown');
  expect(await network.stop()).toBe(0);
}, 180_000);

it('after callable up --nodes 2 the same directory starts with the first of them alone, in the process itself', async () => {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const place = { dataDir: data.path, home: home.path };
  let first: string | undefined;
  {
    await using network = await startNetwork({ ...place, nodes: 2 });
    first = network.nodes[0]?.node;
    expect(await network.stop()).toBe(0);
  }
  await using network = await startNetwork(place);
  expect(network.nodes).toEqual([{ node: first, pid: network.process.pid }]);
  expect(await network.stop()).toBe(0);
}, 120_000);
