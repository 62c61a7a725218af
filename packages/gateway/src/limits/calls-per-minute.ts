import { scopeOfHost } from '@callable/protocol';
import type { GatewayConfig } from '../config.ts';

/** For a class of thirty behind one address it is two calls a minute each; more is a setting. */
const usualCalls = 60;

/**
 * Calls without a key per minute and remote address; 0 is no limit. The one privilege of loopback: a gateway that
 * listens there, and was told neither a public URL nor a proxy, is called by this machine only and counts nobody.
 * It is of the listening address, not of the caller's: behind a proxy everybody comes from loopback.
 */
export function callsPerMinute(
  config: Pick<GatewayConfig, 'anonymousCallsPerMinute' | 'host' | 'publicUrls' | 'trustedProxies'>,
): number {
  if (config.anonymousCallsPerMinute !== null) return config.anonymousCallsPerMinute;
  const { trustedProxies } = config;
  const hasProxy = typeof trustedProxies === 'number' ? trustedProxies > 0 : trustedProxies.length > 0;
  const hosts = [config.host, ...config.publicUrls.map((url) => new URL(url).hostname)];
  return !hasProxy && hosts.every((host) => scopeOfHost(host) === 'loopback') ? 0 : usualCalls;
}
