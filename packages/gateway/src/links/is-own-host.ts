const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * Whether a node that signed `host` meant this gateway. Behind public URLs only their hosts count. Without any,
 * the Host header decides, and only for loopback names: elsewhere whoever relays a handshake could choose it.
 */
export function isOwnHost(host: string, hostHeader: string, publicUrls: readonly string[]): boolean {
  if (publicUrls.length > 0) return publicUrls.some((url) => new URL(url).host === host);
  return loopback.test(host) && host === hostHeader;
}
