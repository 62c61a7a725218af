export { parsePublicUrls, parseTrustedProxies } from '@callable/http';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './start-local-network.ts';
