import { join } from 'node:path';
import { type LocalNetwork, startLocalNetwork } from '@callable/local';
import { defaultPolicy } from '@callable/protocol';
import { type Client, runModel } from '@callable/sdk';
import {
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  startForwardingProxy,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { findProcesses, findTree } from './support/find-processes.ts';
import { killTree } from './support/kill-tree.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { type NodeProcess, startNodeProcess } from './support/start-node-process.ts';

type Running = { reference: string; client: Client; nodes: NodeProcess[]; restart(node: NodeProcess): Promise<void> };

/** A release on so many nodes in networks of their own, each a process tree; all ends with the returned. */
async function withNodes(count: number, act: (running: Running) => Promise<void>): Promise<void> {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const options = {
    ...{ dataDir: data.path, port: 0, nodes: 0, trustedProxies: ['127.0.0.1'] },
    // No seed is among them: all nodes count alike.
    hub: { policy: { ...defaultPolicy, seeds: [] } },
    // One key calls all the time here.
    gateway: { signedCallsPerMinute: 1_000_000, keyCallsPerMinute: 1_000_000 },
  };
  await using network: LocalNetwork = await startLocalNetwork(options);
  const nodes: NodeProcess[] = [];
  const start = async (n: number) => {
    const proxy = await startForwardingProxy(network.url, `203.0.${114 + n}.7`);
    nodes[n] = await startNodeProcess(proxy.url, join(data.path, `node-${n}`), home.path);
    return proxy;
  };
  const proxies = await Promise.all(Array.from({ length: count }, (_, n) => start(n)));
  try {
    const publisher = createUser(network.url);
    const { client } = createUser(network.url);
    const release = doublingRelease({ publisher: publisher.address, name: 'double' });
    const { reference } = await publishDirectly(publisher, release);
    await untilRelease(client, reference, isCallable);
    const restart = async (node: NodeProcess) => {
      proxies.push(await start(nodes.indexOf(node)));
    };
    await act({ reference, client, nodes, restart });
  } finally {
    for (const { process } of nodes) await killTree(process.pid);
    await Promise.all(nodes.map(({ process }) => process.ended));
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  }
  for (const n of nodes.keys()) expect(await findProcesses(join(data.path, `node-${n}`))).toEqual([]);
}

const lanes = 4;

/** Calls without a pause, of which every answer is compared, while something happens to the node that answers. */
async function callDuring(
  { reference, client, nodes }: Running,
  happens: (victim: NodeProcess) => Promise<void>,
): Promise<{ victim: NodeProcess; slowestMs: number; calls: number }> {
  const first = await runModel(client, reference, { x: [0] });
  const victim = nodes.find(({ node }) => node === first.node) as NodeProcess;
  let [isOver, calls, slowestMs] = [false, 0, 0];
  const running = Array.from({ length: lanes }, async () => {
    while (!isOver) {
      const n = ++calls;
      const began = performance.now();
      const { outputs } = await runModel(client, reference, { x: [n] });
      expect(outputs).toEqual({ y: [2 * n] });
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
  });
  const all = Promise.all(running);
  await Promise.race([happens(victim), all]);
  isOver = true;
  await all;
  return { victim, slowestMs, calls };
}

const untilAnswers = async (count: number, { reference, client }: Running, isGood: (node: string) => boolean) => {
  for (let good = 0; good < count; ) if (isGood((await runModel(client, reference, { x: [1] })).node)) good++;
};

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to a node and all its processes, as supervisors and terminals send it, fails no call',
  (signal) =>
    withNodes(2, async (running) => {
      const { victim } = await callDuring(running, async (node) => {
        await untilAnswers(20, running, () => true);
        for (const { pid } of await findTree(node.process.pid)) process.kill(pid, signal);
        expect((await node.process.ended).code).toBe(0);
        await untilAnswers(20, running, (answered) => answered !== node.node);
      });
      expect(victim.process.stderr()).not.toContain('stopping while calls still run');
    }),
  120_000,
);

it(
  'a node that freezes (SIGSTOP) fails no call, and nobody waits for its deadline',
  () =>
    withNodes(2, async (running) => {
      const { victim, slowestMs } = await callDuring(running, async ({ node, process: { pid } }) => {
        await untilAnswers(20, running, () => true);
        process.kill(pid, 'SIGSTOP');
        // Longer than its silence takes to be noticed: one that was only slow for a moment is asked last for minutes.
        for (const until = performance.now() + 4_000; performance.now() < until; )
          await untilAnswers(1, running, (answered) => answered !== node);
        process.kill(pid, 'SIGCONT');
        await untilAnswers(20, running, (answered) => answered === node);
      });
      expect(victim.process.child.exitCode).toBeNull();
      console.info(`The slowest call took ${Math.round(slowestMs)} ms.`);
      expect(slowestMs).toBeLessThan(15_000);
    }),
  120_000,
);

it(
  'the only node is killed with calls under way and comes back: calls are answered again at once',
  () =>
    withNodes(1, async (running) => {
      const { reference, client, nodes, restart } = running;
      const [node] = nodes as [NodeProcess];
      const calls = Array.from({ length: 16 }, (_, n) => runModel(client, reference, { x: [n] }));
      await killTree(node.process.pid);
      const broken = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected');
      await node.process.ended;
      await restart(node);
      const backAt = performance.now();
      const answered = async () => (await runModel(client, reference, { x: [1] }).catch(() => null))?.node;
      await expect.poll(answered, { timeout: 30_000, interval: 20 }).toBe(node.node);
      const afterMs = Math.round(performance.now() - backAt);
      console.info(
        `${broken.length} of 16 calls broke; the first answer came ${afterMs} ms after the node had joined.`,
      );
      expect(afterMs).toBeLessThan(9_000);
      for (let n = 0; n < 16; n++)
        expect((await runModel(client, reference, { x: [n] })).outputs).toEqual({ y: [2 * n] });
    }),
  120_000,
);
