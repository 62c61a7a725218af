import type { GatewayContext } from '@callable/gateway';
import type { NodeOverrides } from '@callable/node';
import { type Address, addressOf } from '@callable/protocol';
import type { Logger } from 'pino';
import { Closer } from '../closer.ts';
import { keepRunning } from '../processes/keep-running.ts';
import type { NodePlace } from './load-node-keys.ts';
import type { NodeEvent, OwnNode } from './own-node.ts';
import { shareMachine } from './share-machine.ts';
import { spawnNode } from './spawn-node.ts';
import { startInnerNode } from './start-inner-node.ts';
import { untilLinked } from './until-linked.ts';

type Surroundings = {
  /** The hub's address: whose word these nodes are. */
  operator: Address;
  url: string;
  /** Whether anybody may join: not at a hub that takes nothing in. */
  mayJoin: boolean;
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
export async function startOwnNodes(places: readonly NodePlace[], around: Surroundings): Promise<OwnNodes> {
  const closer = new Closer();
  const [only] = places;
  try {
    const list =
      only && places.length === 1
        ? [await startAlone(only, around, closer)]
        : await startProcesses(places, around, closer);
    return { list, [Symbol.asyncDispose]: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

async function startAlone(place: NodePlace, around: Surroundings, closer: Closer): Promise<OwnNode> {
  const { gateway, log, overrides, operator, url: hubUrl } = around;
  const { address } = closer.add(await startInnerNode(gateway, { ...place, hubUrl, operator }, { log, ...overrides }));
  return { number: 1, address, pid: process.pid };
}

async function startProcesses(places: readonly NodePlace[], around: Surroundings, closer: Closer): Promise<OwnNode[]> {
  const { operator, url: hubUrl } = around;
  const nodes = places.map(({ key, dataDir }, index) => {
    const [number, address] = [index + 1, addressOf(key)];
    const place = { hubUrl, dataDir, operator };
    const settings = { ...place, ...shareMachine({ ...place, key }, places.length) };
    const kept = keepRunning(() => spawnNode(settings), {
      started: (pid) => around.onEvent({ kind: 'started', number, address, pid }),
      ended: (how, againInMs) => around.onEvent({ kind: 'ended', number, address, how, againInMs }),
    });
    return { number, address, kept };
  });
  closer.defer(() => Promise.all(nodes.map(({ kept }) => kept[Symbol.asyncDispose]())));
  if (around.mayJoin)
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
