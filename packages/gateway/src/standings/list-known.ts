import type { Address, NodeStandingView } from '@callable/protocol';
import { type Client, listNodeStandings, listNodes } from '@callable/sdk';
import type { SaidOfNodes } from './known-nodes.ts';

/** Far more than a hub lists: one that never ends must not fill this gateway. */
const mostPages = 50;

/** How all nodes stand, and which were caught lying: a page of them would let the others answer on. */
export async function listKnown(hub: Client, signal: AbortSignal): Promise<SaidOfNodes> {
  const [standings, convicted] = await Promise.all([listStandings(hub, signal), listConvicted(hub, signal)]);
  return { ...standings, convicted };
}

async function listStandings(hub: Client, signal: AbortSignal): Promise<Omit<SaidOfNodes, 'convicted'>> {
  const found: NodeStandingView[] = [];
  let open = false;
  let after: string | null = null;
  for (let page = 0; page < mostPages; page++) {
    const said = await listNodeStandings(hub, { signal, ...(after === null ? {} : { after }) });
    found.push(...said.nodes);
    open = said.open;
    after = said.next;
    if (after === null) break;
  }
  return { open, nodes: found };
}

async function listConvicted(hub: Client, signal: AbortSignal): Promise<Address[]> {
  const found: Address[] = [];
  let after: string | null = null;
  do {
    const said = await listNodes(hub, { convicted: true, signal, ...(after === null ? {} : { after }) });
    found.push(...said.nodes.map(({ node }) => node));
    after = said.next;
  } while (after !== null);
  return found;
}
