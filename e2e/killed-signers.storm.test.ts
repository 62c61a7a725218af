import { join } from 'node:path';
import { startLocalNetwork } from '@callable/local';
import { CallableError, defaultPolicy, type SignedReceipt3 } from '@callable/protocol';
import { type Client, getReceipt, listGaps, listNodes, runModel } from '@callable/sdk';
import {
  createUser,
  doublingRelease,
  isCallable,
  publishDirectly,
  startForwardingProxy,
  untilRelease,
} from '@callable/stand-ins';
import { expect, it } from 'vitest';
import { frameTypes } from '../packages/protocol/src/link/frames/frame.ts';
import { killTree } from './support/kill-tree.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { type NodeProcess, startNodeProcess } from './support/start-node-process.ts';
import { untilLine } from './support/until-line.ts';

const preload = new URL('support/kill-at-send.mjs', import.meta.url).href;
/** Its answer takes many frames of a link. */
const large = Array.from({ length: 60_000 }, (_, n) => n);

type Moment = 'batch' | 'answers' | 'pieces';
type Killing = {
  reference: string;
  client: Client;
  victim: NodeProcess;
  other: NodeProcess;
  /** The victim is killed at the moment of its next answer. */
  arm(): Promise<void>;
  restart(): Promise<NodeProcess>;
};

/** Two nodes in networks of their own, both with the release; one is to be killed. */
async function withVictim(moment: Moment, act: (killing: Killing) => Promise<void>): Promise<void> {
  await using home = await openTempDir();
  await using data = await openTempDir();
  const options = {
    ...{ dataDir: data.path, port: 0, nodes: 0, trustedProxies: ['127.0.0.1'] },
    hub: { policy: { ...defaultPolicy, seeds: [] } },
    gateway: { signedCallsPerMinute: 1_000_000, keyCallsPerMinute: 1_000_000 },
  };
  await using network = await startLocalNetwork(options);
  const proxies = await Promise.all([14, 15].map((n) => startForwardingProxy(network.url, `203.0.${n}.7`)));
  const started: NodeProcess[] = [];
  const start = async (n: number, env: Record<string, string>) => {
    const node = await startNodeProcess(proxies[n]?.url ?? '', join(data.path, `node-${n}`), home.path, env);
    started.push(node);
    return node;
  };
  try {
    const armed = { NODE_OPTIONS: `--import=${preload}`, CALLABLE_TEST_KILL: moment };
    const [victim, other] = await Promise.all([start(0, armed), start(1, {})]);
    const publisher = createUser(network.url);
    const { client } = createUser(network.url);
    const { reference } = await publishDirectly(
      publisher,
      doublingRelease({ publisher: publisher.address, name: 'double' }),
    );
    await untilRelease(client, reference, isCallable);
    await act({
      ...{ reference, client, victim, other },
      async arm() {
        process.kill(victim.process.pid, 'SIGUSR2');
        await untilLine(victim.process, 'armed');
      },
      restart: () => start(0, {}),
    });
  } finally {
    for (const { process } of started) await killTree(process.pid);
    await Promise.all(started.map(({ process }) => process.ended));
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
  }
}

/** The receipt of a call that this node answered. */
async function answeredBy({ reference, client }: Killing, { node }: NodeProcess): Promise<SignedReceipt3> {
  const until = performance.now() + 60_000;
  while (performance.now() < until) {
    const answer = await runModel(client, reference, { x: [21] }).catch(() => null);
    if (answer?.node !== node) continue;
    expect(answer.outputs).toEqual({ y: [42] });
    return answer.receipt as SignedReceipt3;
  }
  throw new Error(`${node} answered nothing.`);
}

async function untilFiled(client: Client, { batch, seq }: SignedReceipt3): Promise<void> {
  const filed = () => getReceipt(client, { session: batch.session, number: seq }).catch(() => null);
  await expect.poll(filed, { timeout: 20_000 }).not.toBeNull();
}

/** The victim comes back as nobody's debtor: another session, no number missing in either, no conviction. */
async function expectNoBlame(killing: Killing, before: SignedReceipt3): Promise<void> {
  const { client, victim } = killing;
  const again = await killing.restart();
  expect(again.node).toBe(victim.node);
  // The other one is quicker than one that has just come back, and would have all calls.
  const isAlone = killing.other.process.child.exitCode !== null || killing.other.process.child.signalCode !== null;
  if (!isAlone) process.kill(killing.other.process.pid, 'SIGSTOP');
  const after = await answeredBy(killing, again);
  if (!isAlone) process.kill(killing.other.process.pid, 'SIGCONT');
  expect(after.batch.session.slice(0, 32)).not.toBe(before.batch.session.slice(0, 32));
  await untilFiled(client, before);
  await untilFiled(client, after);
  expect((await listGaps(client, victim.node)).gaps).toEqual([]);
  const { nodes } = await listNodes(client);
  expect(nodes.find(({ node }) => node === victim.node)).toMatchObject({ convicted: null, connected: true });
}

it.each<Moment>(['batch', 'answers', 'pieces'])(
  'attack: a node that is killed (SIGKILL) with its answers signed, at %s: callers hear another node, and it comes back without blame',
  (moment) =>
    withVictim(moment, async (killing) => {
      const { reference, client, victim, other } = killing;
      const before = await answeredBy(killing, victim);
      const xs = moment === 'pieces' ? large : [1, 2];
      await killing.arm();
      let isOver = false;
      const callers = Array.from({ length: 4 }, async () => {
        while (!isOver) {
          const { outputs } = await runModel(client, reference, { x: xs });
          expect(outputs).toEqual({ y: xs.map((x) => 2 * x) });
        }
      });
      const all = Promise.all(callers);
      await Promise.race([victim.process.ended, all]);
      isOver = true;
      await all;
      expect((await victim.process.ended).signal).toBe('SIGKILL');
      expect((await runModel(client, reference, { x: [1] })).node).toBe(other.node);
      await expectNoBlame(killing, before);
    }),
  180_000,
);

it(
  'attack: the only node is killed with its answers signed: callers hear so at once, and are answered when it is back',
  () =>
    withVictim('answers', async (killing) => {
      const { reference, client, victim, other } = killing;
      const before = await answeredBy(killing, victim);
      await killTree(other.process.pid);
      await other.process.ended;
      await answeredBy(killing, victim);
      await killing.arm();
      const error = await runModel(client, reference, { x: [1] }).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(CallableError);
      expect(error).toMatchObject({ code: 'NodeUnavailable' });
      expect((await victim.process.ended).signal).toBe('SIGKILL');
      await expectNoBlame(killing, before);
    }),
  180_000,
);

it('the moments are named by the frames of the protocol', async () => {
  const { readFile } = await import('node:fs/promises');
  const said = await readFile(new URL(preload), 'utf8');
  const { ANSWER, BATCH, PACK } = frameTypes;
  expect(said).toContain(`{ ANSWER: ${ANSWER}, BATCH: ${BATCH}, PACK: ${PACK} }`);
});
