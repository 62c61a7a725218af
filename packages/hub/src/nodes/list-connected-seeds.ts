import { type Address, isSeed } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { listConnectedNodes } from './list-connected-nodes.ts';

/** The nodes that the policy names as seeds through their operators, and that are connected. */
export async function listConnectedSeeds(ctx: Pick<HubContext, 'db' | 'clock' | 'rules'>): Promise<Address[]> {
  const connected = await listConnectedNodes(ctx);
  return connected
    .filter(({ address, state }) => isSeed(address, state, ctx.rules.policy))
    .map(({ address }) => address);
}
