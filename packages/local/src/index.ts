export { parsePublicUrls, parseTrustedProxies } from '@callable/http';
export { locateLogHeads } from '@callable/hub';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './start-local-network.ts';
