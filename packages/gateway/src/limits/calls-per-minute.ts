import { scopeOfHost } from '@callable/protocol';
import type { GatewayConfig } from '../config.ts';

/** For a class of thirty behind one address it is two calls a minute each; more is a setting. */
const usualCalls = 60;

/** Three hundred keys of one network at the pace of one a second, or a few that hurry. */
const usualSignedCalls = 18_000;
/** Fifty a second, more than a node answers of any but the smallest models. */
const usualCallsOfKey = 3_000;

type PaceConfig = Pick<
  GatewayConfig,
  'anonymousCallsPerMinute' | 'signedCallsPerMinute' | 'keyCallsPerMinute' | 'host' | 'publicUrls' | 'trustedProxies'
>;

/**
 * Calls per minute: without a key and signed, each of one network, and of one key; 0 is no limit. The one privilege of
 * loopback: a gateway that listens there, and was told neither a public URL nor a proxy, is called by this machine only and
 * counts nobody. It is of the listening address, not of the caller's: behind a proxy everybody comes from loopback.
 */
export function callsPerMinute(config: PaceConfig): { anonymous: number; signed: number; ofKey: number } {
  const isPrivate = isForThisMachine(config);
  return {
    anonymous: config.anonymousCallsPerMinute ?? (isPrivate ? 0 : usualCalls),
    signed: config.signedCallsPerMinute ?? (isPrivate ? 0 : usualSignedCalls),
    ofKey: config.keyCallsPerMinute ?? (isPrivate ? 0 : usualCallsOfKey),
  };
}

function isForThisMachine({ host, publicUrls, trustedProxies }: PaceConfig): boolean {
  const hasProxy = typeof trustedProxies === 'number' ? trustedProxies > 0 : trustedProxies.length > 0;
  const hosts = [host, ...publicUrls.map((url) => new URL(url).hostname)];
  return !hasProxy && hosts.every((each) => scopeOfHost(each) === 'loopback');
}
