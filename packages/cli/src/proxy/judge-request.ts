import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { CallableError, scopeOfHost } from '@callable/protocol';

/**
 * Why a request is not passed on; null where it is. Only a browser sends an Origin, with every POST: programs lose nothing.
 *
 * attack: a page of anybody calls through the proxy and spends the key of whoever looks at it. By the address itself it has its
 * own Origin; by a name that leads to 127.0.0.1 (DNS rebinding) it has that name as Host; and an answer that a browser shows as
 * a page has the Origin of the proxy: so every Origin is refused, also those of this machine.
 */
export function judgeRequest(
  { url = '', headers }: { url?: string | undefined; headers: IncomingHttpHeaders },
  token: string | null,
): CallableError | null {
  if (headers.origin !== undefined) return new CallableError('PageRefused');
  // Who knows the token is no page, and may come by any name: that of a container's host.
  if (token !== null && !isToken(headers.authorization, token)) return new CallableError('ProxyTokenMissing');
  if (token === null && headers.host !== undefined && !isLoopback(headers.host))
    return new CallableError('HostNotServed');
  return isPassedOn(url) ? null : new CallableError('RouteNotFound', 'callable proxy passes on /v1/run and /v2 alone.');
}

/** Host and port alone: in `user@127.0.0.1` the parser of URLs would find another host. */
const isLoopback = (host: string) =>
  /^[\w.:[\]-]+$/.test(host) &&
  URL.canParse(`http://${host}`) &&
  scopeOfHost(new URL(`http://${host}`).hostname) === 'loopback';

const hash = (text: string) => createHash('sha256').update(text).digest();

const isToken = (authorization: string | undefined, token: string) =>
  timingSafeEqual(hash(authorization ?? ''), hash(`Bearer ${token}`));

/** Routes of the data plane. Steps upwards would lead a server on the way elsewhere than what was signed. */
export const isPassedOn = (url: string): boolean =>
  /^\/(?:v1\/run\/|v1\/gateway(?:\?|$)|v2(?:\/|\?|$))/.test(url) && !/(?:^|\/)(?:\.|%2e){1,2}(?:[/?]|$)/i.test(url);

/** A call of a model: what counts as use, and is signed. */
export const isCall = (method: string, url: string): boolean =>
  method === 'POST' && /^\/(?:v1\/run\/[^?]+|v2\/models\/[^?]+\/infer)(?:\?|$)/.test(url);
