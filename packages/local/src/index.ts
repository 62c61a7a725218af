export { parsePublicUrls, parseTrustedProxies } from '@callable/http';
export { locateLogHeads, openForRecovery, openLogSource, recoverLog } from '@callable/hub';
export { type LocalNetwork, type LocalNetworkOptions, startLocalNetwork } from './start-local-network.ts';
