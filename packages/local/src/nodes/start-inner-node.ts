import { createDirectLink, type GatewayContext } from '@callable/gateway';
import { type NodeOverrides, type NodeSettings, type RunningNode, startNode } from '@callable/node';

/** A node in this process. It asks the hub over HTTP as a stranger's does; only its link to the gateway is a direct call. */
export async function startInnerNode(
  gateway: GatewayContext,
  settings: NodeSettings,
  overrides: NodeOverrides,
): Promise<RunningNode> {
  const node = await startNode({ ...settings, gateways: [] }, overrides);
  gateway.links.attach(
    createDirectLink({
      node: node.address,
      answerCall: node.answerCall,
      announcement: node.status,
      find: node.find,
      openReceipts: node.openReceipts,
      gateway: gateway.address,
    }),
  );
  return node;
}
