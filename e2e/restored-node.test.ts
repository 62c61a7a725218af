import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LocalNetwork, startLocalNetwork } from '@callable/local';
import { type RunningNode, startNode } from '@callable/node';
import { addressOf, defaultPolicy, nodeOf, type SignedReceipt, sessionOf } from '@callable/protocol';
import { listNodes, runModel } from '@callable/sdk';
import { createUser, doublingRelease, isCallable, publishDirectly, randomKey, untilRelease } from '@callable/stand-ins';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Closer } from '../packages/local/src/closer.ts';
import { openTempDir } from './support/open-temp-dir.ts';

const log = pino({ level: 'silent' });
const key = randomKey();
let closer: Closer;
let network: LocalNetwork;
let directory: string;
beforeAll(async () => {
  closer = new Closer();
  directory = closer.add(await openTempDir()).path;
  network = closer.add(
    await startLocalNetwork({
      dataDir: join(directory, 'network'),
      port: 0,
      nodes: 0,
      hub: { policy: { ...defaultPolicy, seeds: [] } },
      log,
    }),
  );
}, 60_000);
afterAll(() => closer.close());

const start = async (dataDir: string): Promise<RunningNode> => {
  const node = await startNode({ hubUrl: network.url, dataDir, key }, { log });
  closer.add(node);
  await node.joined;
  return node;
};

/** The half of a session that all links of one start share; the other half counts them. */
const halfOf = (session: string | null | undefined) => session?.slice(0, 32);
const startOf = (receipt: SignedReceipt | undefined) => halfOf(receipt && sessionOf(receipt));

test('a node that is put back from a copy answers on and is no liar, and a clone beside it ends the older with a sentence', async () => {
  const [data, copy] = [join(directory, 'node'), join(directory, 'copy')];
  const user = createUser(network.url);
  const release = doublingRelease({ publisher: user.address, name: 'doubling' });
  let node = await start(data);
  const { reference } = await publishDirectly(user, release);
  await untilRelease(user.client, reference, isCallable);
  await node[Symbol.asyncDispose]();
  await cp(data, copy, { recursive: true });
  const receipts = [];
  const call = async () => {
    await expect
      .poll(async () => (await runModel(user.client, reference, { x: [21] }).catch(() => null))?.outputs, {
        timeout: 20_000,
      })
      .toEqual({ y: [42] });
    const { receipt } = await runModel(user.client, reference, { x: [1] });
    return receipt!;
  };
  for (const _ of ['as it was', 'put back']) {
    node = await start(data);
    receipts.push(await call());
    await node[Symbol.asyncDispose]();
    await rm(data, { recursive: true });
    await cp(copy, data, { recursive: true });
  }
  const [before, after] = receipts;
  expect(receipts.map(nodeOf)).toEqual([addressOf(key), addressOf(key)]);
  expect(startOf(before)).toMatch(/^[0-9a-f]{32}$/);
  expect(startOf(before)).not.toBe(startOf(after));

  const older = await start(data);
  const clone = await start(copy);
  const reason = await older.ended;
  expect([reason.code, reason.message]).toEqual([
    'SessionReplaced',
    expect.stringContaining('has opened a newer session at'),
  ]);
  const stopped = await older.answerCall({} as never, new Uint8Array(), AbortSignal.timeout(1000));
  expect(stopped.head).toMatchObject({ ok: false, code: 'NodeUnavailable' });
  expect(startOf(await call())).toBe(halfOf(clone.announcement().session));
  const { nodes } = await listNodes(user.client);
  expect(nodes.map((one) => [one.node, one.convicted, one.connected])).toEqual([[addressOf(key), null, true]]);
}, 120_000);
