/** An open link, as the node that ends sees it. */
export type GatewayLink = {
  /** Says at once how this node is; resolves when the gateway has heard it, so that all calls it sent before are here. */
  tellNow(): Promise<void>;
  /** Calls whose answer is not sent whole. */
  readonly underWay: number;
};
