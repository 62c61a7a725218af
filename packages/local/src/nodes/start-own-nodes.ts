import { join } from 'node:path';
import type { GatewayContext } from '@callable/gateway';
import { delegateNode, type HubContext, loadKey } from '@callable/hub';
import type { NodeOverrides } from '@callable/node';
import { addressOf, type PrivateKey } from '@callable/protocol';
import type { Logger } from 'pino';
import { Closer } from '../closer.ts';
import { keepRunning } from './keep-running.ts';
import type { NodeEvent, OwnNode } from './own-node.ts';
import { placeNode } from './place-node.ts';
import { shareMachine } from './share-machine.ts';
import { spawnNode } from './spawn-node.ts';
import { startInnerNode } from './start-inner-node.ts';
import { untilLinked } from './until-linked.ts';

type Surroundings = {
  dataDir: string;
  url: string;
  hub: HubContext;
  gateway: GatewayContext;
  log: Logger;
  /** Of a node in this process. */
  overrides: NodeOverrides;
  onEvent: (event: NodeEvent) => void;
};

export type OwnNodes = AsyncDisposable & { list: readonly OwnNode[] };

/**
 * Starts the nodes of a network: none, one in this process, or each in a process of its own. All of them, not all but
 * one: of a node in this process nobody could see that another answers when it dies.
 */
export async function startOwnNodes(count: number, around: Surroundings): Promise<OwnNodes> {
  const closer = new Closer();
  try {
    const list = count === 1 ? [await startAlone(around, closer)] : await startProcesses(count, around, closer);
    return { list, [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

async function startAlone(around: Surroundings, closer: Closer): Promise<OwnNode> {
  const { hub, gateway, log, overrides } = around;
  const settings = { ...(await prepareNode(around, 1)), operator: addressOf(hub.key) };
  const { address } = closer.add(await startInnerNode(gateway, settings, { log, ...overrides }));
  return { number: 1, address, pid: process.pid };
}

async function startProcesses(count: number, around: Surroundings, closer: Closer): Promise<OwnNode[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const prepared: Awaited<ReturnType<typeof prepareNode>>[] = [];
  // Before any of them takes a part of what is free.
  for (const number of numbers) prepared.push(await prepareNode(around, number));
  const nodes = prepared.map(({ key, ...place }, index) => {
    const [number, address] = [index + 1, addressOf(key)];
    const settings = { ...place, ...shareMachine({ ...place, key }, count), operator: addressOf(around.hub.key) };
    const kept = keepRunning(() => spawnNode(settings), {
      started: (pid) => around.onEvent({ kind: 'started', number, address, pid }),
      ended: (how, againInMs) => around.onEvent({ kind: 'ended', number, address, how, againInMs }),
    });
    return { number, address, kept };
  });
  closer.defer(() => Promise.all(nodes.map(({ kept }) => kept[Symbol.asyncDispose]())));
  // A hub that takes nothing in lets nobody join.
  if (around.hub.tlog.rolledBack === null)
    await untilLinked(
      around.gateway,
      nodes.map(({ address }) => address),
    );
  return nodes.map(({ number, address, kept }) => ({
    number,
    address,
    get pid() {
      return kept.pid;
    },
  }));
}

/** Its key, and the hub's word that it is the hub's own: before it joins, so that no validation is a stranger's. */
async function prepareNode(
  { dataDir: networkDir, url: hubUrl, hub }: Surroundings,
  number: number,
): Promise<{ hubUrl: string; dataDir: string; key: PrivateKey }> {
  const dataDir = join(networkDir, placeNode(number));
  const key = await loadKey(join(dataDir, 'key'));
  if (hub.tlog.rolledBack === null) await delegateNode(hub, addressOf(key));
  return { hubUrl, dataDir, key };
}
