const loopback = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * Whether a node that signed `host` meant this gateway. Behind public URLs only their hosts count. Without any, or
 * with a loopback one, the Host header decides among the names of loopback: elsewhere whoever relays a handshake
 * could choose that header.
 */
export function isOwnHost(host: string, hostHeader: string, publicUrls: readonly string[]): boolean {
  const hosts = publicUrls.map((url) => new URL(url).host);
  if (hosts.includes(host)) return true;
  const isLocal = hosts.length === 0 || hosts.some((name) => loopback.test(name));
  return isLocal && loopback.test(host) && host === hostHeader;
}
