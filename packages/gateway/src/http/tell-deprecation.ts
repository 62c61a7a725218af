import { parseReleaseRef, type ReleaseView } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { TellHeader } from './call-request.ts';

/** Says in the headers of an answer that something else is better (RFC 9745), what (RFC 5829), and where to read why. */
export function tellDeprecation(
  { config }: Pick<GatewayContext, 'config'>,
  tell: TellHeader,
  { notices, digest }: ReleaseView,
): void {
  const deprecated = notices?.deprecated;
  if (!deprecated) return;
  const { successor, since } = deprecated;
  const links = [`<${config.hubUrl}/v1/releases/${digest}>; rel="deprecation"`];
  // Only a reference: a publisher's text must not end one header and begin another.
  if (successor !== null && parseReleaseRef(successor)) links.push(`</v1/run/${successor}>; rel="successor-version"`);
  tell('deprecation', `@${Math.floor(Date.parse(since) / 1000)}`);
  tell('link', links.join(', '));
}
