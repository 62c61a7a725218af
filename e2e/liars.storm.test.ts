import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startLocalNetwork } from '@callable/local';
import { type NodeOverrides, type RunningNode, startNode } from '@callable/node';
import { type Address, addressOf, defaultPolicy, type SignedReceipt } from '@callable/protocol';
import { createRunnerPool } from '@callable/runtime';
import { type Client, createClient, getRelease, listAudits, listNodes, runModel } from '@callable/sdk';
import {
  conditionOf,
  createUser,
  doublingRelease,
  fetchFrom,
  isCallable,
  publicAddressOf,
  publishDirectly,
  randomKey,
  untilRelease,
} from '@callable/stand-ins';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { findProof } from './support/find-proof.ts';
import { lyingRuntime } from './support/lying-runtime.ts';
import { openTempDir } from './support/open-temp-dir.ts';
import { untilTrue } from './support/until-true.ts';

const log = pino({ level: 'warn' }, pino.destination(2));
/** Every fifth answer is run again. */
const share = 0.2;

it('five nodes of five keys: releases are verified 3 of 5, and the one that lies is found and out', async () => {
  await using data = await openTempDir();
  const seedKey = randomKey();
  const policy = {
    ...defaultPolicy,
    audits: { ...defaultPolicy.audits, share },
    seeds: [addressOf(seedKey)],
    standing: { comparisons: 1, days: 0 },
  };
  await using network = await startLocalNetwork({
    dataDir: data.path,
    port: 0,
    nodes: 0,
    trustedProxies: 1,
    hub: { policy },
    log,
  });
  const { url } = network;
  const start = async (name: string, overrides: NodeOverrides = {}): Promise<RunningNode> => {
    const key = name === 'one' ? seedKey : randomKey();
    const dataDir = join(data.path, name);
    // Each in a network of its own: those of one are one voice.
    const hub = createClient(url, { key, fetch: fetchFrom(publicAddressOf(addressOf(key))) });
    const node = await startNode(
      { hubUrl: url, dataDir, key, memoryBytes: 2 ** 30, slots: 2, tasks: 2 },
      { log, hub, ...overrides },
    );
    await node.joined;
    return node;
  };
  const runners = join(data.path, 'lying-runners');
  await mkdir(runners);
  await using pool = createRunnerPool({ limit: 8, memoryBytes: 2 ** 30, directory: runners });
  // Patient: whoever lies from the start is found out by the first copy of a call, and is asked nothing.
  let isLying = false;
  const runtime = lyingRuntime(pool, ({ y }) => ({ y: (y as number[]).map((value) => value + Number(isLying)) }));
  await using one = await start('one');
  await using two = await start('two');
  await using three = await start('three');
  await using four = await start('four');
  await using liar = await start('liar', { runtime });
  const honest = [one, two, three, four].map(({ address }) => address);

  const publisher = createUser(url);
  const caller = createUser(url);
  await untilTrue('five connected nodes', async () => {
    const { nodes } = await listNodes(caller.client);
    return nodes.filter(({ connected }) => connected).length === 5;
  });
  const references: string[] = [];
  for (const salt of [1, 2]) {
    const release = doublingRelease({ publisher: publisher.address, name: `double-${salt}` }, { salt });
    references.push((await publishDirectly(publisher, release)).reference);
  }
  for (const reference of references) {
    const view = await untilRelease(
      caller.client,
      reference,
      (one) => isCallable(one) && (one.verification?.reports.length ?? 0) === 5,
    );
    expect(view.verification).toMatchObject({ drawn: 5, quorum: 3, auditClass: 'tolerance' });
    expect(conditionOf(view, 'Verified').message).toContain('1 seed');
  }

  let [calls, lies] = [0, 0];
  const viewOf = async () => (await listNodes(caller.client)).nodes.find(({ node }) => node === liar.address);
  await untilTrue('the liar is of standing', async () => (await viewOf())?.standing?.class === 'standing');
  for (const reference of references)
    await untilTrue('the liar has answered right, and is asked', async () => {
      const asked = Array.from({ length: 10 }, (_, n) => runModel(caller.client, reference, { x: [n] }));
      return (await Promise.all(asked)).some(({ node }) => node === liar.address);
    });
  isLying = true;
  const isFound = async () => (await viewOf())?.standing?.class === 'newcomer';
  while (!(await isFound()) && calls < 500) {
    const asked = Array.from({ length: 10 }, (_, n) => calls + n);
    const answers = await Promise.all(asked.map((n) => runModel(caller.client, references[n % 2] ?? '', { x: [n] })));
    calls += asked.length;
    const wrong = answers.filter(({ outputs }, n) => (outputs as { y: number[] }).y[0] !== 2 * (asked[n] ?? 0));
    expect(wrong.filter(({ node }) => node !== liar.address)).toEqual([]);
    lies += wrong.length;
    await untilAudited(caller.client, answers, addressOf(seedKey));
  }
  const { audits } = await listAudits(caller.client, { node: liar.address });
  const drawn = audits.filter(({ kind, outcome }) => kind === 'call' && outcome !== null).length;
  console.log(
    `With a share of ${share} the liar was found after ${drawn} audits of its calls: ${calls} calls to the network, of which it had answered ${lies}, all wrong.`,
  );
  // Nobody else can see what callers asked: it has lost all standing, and is convicted of nothing.
  expect(await viewOf()).toMatchObject({ convicted: null, standing: { class: 'newcomer', confirmed: 0 } });
  for (const reference of references)
    expect(conditionOf(await getRelease(caller.client, reference), 'Verified')).toMatchObject({ status: 'True' });
  // Out: nobody is sent there any more.
  await untilTrue('ten right answers on end', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => runModel(caller.client, references[n % 2] ?? '', { x: [n] })),
    );
    return answers.every(
      ({ node, outputs }, n) => honest.includes(node as Address) && (outputs as { y: number[] }).y[0] === 2 * n,
    );
  });
  await untilTrue('an honest node with a confirmed audit', async () => {
    const { nodes } = await listNodes(caller.client);
    return nodes.some(({ node, reliability }) => honest.includes(node) && reliability.audits > 0);
  });
  expect((await getRelease(caller.client, references[0] ?? '')).callable).toBe(true);
}, 240_000);

/** Until the receipts of these answers are in the log, have had their chance, and every audit drawn has ended. */
async function untilAudited(
  client: Client,
  answers: readonly { receipt: SignedReceipt }[],
  seed: Address,
): Promise<void> {
  await untilTrue(
    'receipts in the log and no audit under way',
    async () => {
      const proofs = await Promise.all(answers.map(({ receipt }) => findProof(client, receipt)));
      // Those of a node that was caught in the meantime enter the log no more.
      const logged = proofs.filter((proof) => proof !== null);
      if (logged.length === 0 && (await listNodes(client, { convicted: true })).nodes.length === 0) return false;
      const { audits, size } = await listAudits(client);
      // The liar audits too, and accuses the seed, which no other seed is there to judge.
      const hasEnded = ({ stage, node }: (typeof audits)[number]) =>
        stage === 'done' || (stage === 'judge' && node === seed);
      return logged.every(({ logIndex }) => logIndex < size) && audits.every(hasEnded);
      // Dozens may be drawn, and each is run by one of five nodes of this one machine.
    },
    90_000,
  );
}
