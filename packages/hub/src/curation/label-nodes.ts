import type { NodeView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { listFollowedLabels } from './list-labels.ts';

/** Nodes with what those this hub follows say of them. */
export async function labelNodes(
  ctx: Pick<HubContext, 'db' | 'clock' | 'config'>,
  nodes: readonly NodeView[],
): Promise<NodeView[]> {
  const labels = await listFollowedLabels(
    ctx,
    nodes.map(({ node }) => node),
  );
  return nodes.map((view) => ({ ...view, labels: labels.get(view.node) ?? [] }));
}
