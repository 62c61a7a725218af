import { CallableError, scopeOfHost } from '@callable/protocol';
import { isPublic } from './is-public.ts';

/** The two headers by which a browser says whom a page meant, and whose page it is. */
export type OriginHeaders = { host?: string | undefined; origin?: string | undefined };

/**
 * Why a request is not served for its Host or its Origin; null where it is. A server without a public URL is for this
 * machine. A page of anybody can aim a browser there: by a name that leads to 127.0.0.1 it would be of the same origin
 * (DNS rebinding), and by the address itself it would write without reading. Only a browser sends an Origin, and every
 * browser sends a Host, so programs lose nothing.
 */
export function judgeOrigin({ host, origin }: OriginHeaders, publicUrls: readonly string[]): CallableError | null {
  if (isPublic(publicUrls)) return null;
  if (host !== undefined && !isLoopbackHost(host)) return new CallableError('HostNotServed');
  if (origin !== undefined && !isLoopbackOrigin(origin)) return new CallableError('OriginNotServed');
  return null;
}

/** Host and port alone: in `user@127.0.0.1` or `name/127.0.0.1` the parser of URLs would find another host. */
const isLoopbackHost = (host: string) => /^[\w.:[\]-]+$/.test(host) && leadsToLoopback(`http://${host}`);

/** `null` is a page that hides whose it is: a sandbox, a file, or a redirect. */
const isLoopbackOrigin = (origin: string) => /^https?:/.test(origin) && leadsToLoopback(origin);

const leadsToLoopback = (url: string) => URL.canParse(url) && scopeOfHost(new URL(url).hostname) === 'loopback';
