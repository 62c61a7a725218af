import type { Address } from '@callable/protocol';
import { type Client, listNodes } from '@callable/sdk';

/** All nodes that were caught lying: a page of them would let the others answer on. */
export async function listConvicted(hub: Client, signal: AbortSignal): Promise<Address[]> {
  const found: Address[] = [];
  let after: string | undefined;
  do {
    const { nodes, next } = await listNodes(hub, {
      convicted: true,
      signal,
      ...(after === undefined ? {} : { after }),
    });
    found.push(...nodes.map(({ node }) => node));
    after = next ?? undefined;
  } while (after !== undefined);
  return found;
}
