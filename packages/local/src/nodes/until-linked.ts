import { setTimeout as pause } from 'node:timers/promises';
import type { GatewayContext } from '@callable/gateway';
import type { Address } from '@callable/protocol';

const betweenMs = 20;
/** A node that cannot start is said so; the others answer meanwhile. */
const patienceMs = 20_000;

/** Waits until the gateway has a link to each of these nodes, or for a while. */
export async function untilLinked({ links }: Pick<GatewayContext, 'links'>, nodes: readonly Address[]): Promise<void> {
  const until = performance.now() + patienceMs;
  const areAll = () => {
    const linked = new Set([...links.list()].map(({ node }) => node));
    return nodes.every((node) => linked.has(node));
  };
  while (!areAll() && performance.now() < until) await pause(betweenMs);
}
