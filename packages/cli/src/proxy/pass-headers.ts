import type { IncomingHttpHeaders } from 'node:http';
import { requestHeaders } from '@callable/protocol';

/** What a call says. The rest (cookies, tokens, the program, where it ran) is nobody's business. */
const passedOn: ReadonlySet<string> = new Set([
  ...['accept', 'content-type', 'content-encoding', 'inference-header-content-length', 'traceparent'],
  ...['callable-timeout-ms', 'callable-confirm', 'callable-standing', 'callable-copy', 'callable-probe'],
]);

/** Of a client that signs itself: its signature stands. */
export const isSigned = (headers: IncomingHttpHeaders): boolean => headers[requestHeaders.signature] !== undefined;

export function headersToPass(headers: IncomingHttpHeaders): Record<string, string> {
  const signature: readonly string[] = isSigned(headers) ? Object.values(requestHeaders) : [];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      (passedOn.has(name) || signature.includes(name)) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

/** Of one connection, or for pages, which may not read here. */
const notBack =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|alt-svc|access-control-.*|set-cookie)$/i;

/** Names and values in turn, as they came. */
export function headersToReturn(raw: readonly string[]): string[] {
  const pairs = Array.from({ length: raw.length / 2 }, (_, index) => raw.slice(2 * index, 2 * index + 2));
  return pairs.filter(([name = '']) => !notBack.test(name)).flat();
}
