export { parsePublicUrls, parseTrustedProxies } from '@callable/http';
export type { OutageEvent } from '@callable/hub';
export { locateLogHeads, parseSeeds } from '@callable/hub/config';
export type { HubEvent } from './hub/hub-words.ts';
export type { NodeEvent, OwnNode } from './nodes/own-node.ts';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './start-local-network.ts';
