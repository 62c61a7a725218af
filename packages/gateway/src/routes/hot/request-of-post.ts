import { randomUUID } from 'node:crypto';
import { clientAddressOf, type PlainPost } from '@callable/http';
import { Ending } from '@callable/protocol';
import { CallerLeft } from '../../admission/caller-left.ts';
import type { GatewayContext } from '../../context.ts';
import type { CallRequest } from '../../http/call-request.ts';

/** The request for a call that our own reader has read. */
export function requestOfPost(
  { config, clock }: Pick<GatewayContext, 'config' | 'clock'>,
  { head, body, socket, whenOver }: PlainPost,
): CallRequest {
  const left = new Ending();
  const listeners: (() => void)[] = [];
  whenOver((isAnswered) => {
    if (!isAnswered) left.end(new CallerLeft());
    for (const listener of listeners) listener();
  });
  let id: string | null = null;
  return {
    method: 'POST',
    path: head.target,
    headers: head.headers,
    body,
    arrivedAt: clock(),
    remote: clientAddressOf({ headers: head.headers, socket }, config.trustedProxies),
    signal: left,
    id() {
      id ??= randomUUID();
      return id;
    },
    whenOver: (listener) => void listeners.push(listener),
  };
}
