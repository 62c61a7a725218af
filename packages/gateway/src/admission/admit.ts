import { bodyTooLarge } from '@callable/http';
import { CallableError, type CallEncoding, networkOf, ownMember } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { ArrivedCall } from './arrived-call.ts';
import type { Call } from './call.ts';
import { identifyCaller } from './identify-caller.ts';

type AdmissionContext = Pick<
  GatewayContext,
  'config' | 'address' | 'clock' | 'random' | 'nonces' | 'signedSince' | 'keyRates' | 'originOf'
>;

/**
 * The call that arrived at a door, once nothing speaks against it: its size, its signature, its deadline. Every door
 * goes through here, and before it reads a body through `admitHeaders`.
 * Throws BodyTooLarge, RequestInvalid and what `identifyCaller` throws.
 */
export async function admit(
  ctx: AdmissionContext,
  arrived: ArrivedCall,
  target: { reference: string; encoding: CallEncoding },
): Promise<Call> {
  if (arrived.body.length > ctx.config.bodyBytes) throw bodyTooLarge(ctx.config.bodyBytes, arrived.body.length);
  const { traceparent } = arrived.headers;
  const network = networkOf(arrived.remote, 'sender');
  return {
    ...target,
    body: arrived.body,
    caller: await identifyCaller(ctx, arrived),
    network,
    origin: ctx.originOf(network),
    timeoutMs: readTimeout(ctx, arrived.headers['callable-timeout-ms']),
    probe: arrived.headers['callable-probe'] === 'true',
    confirm: readChoice(arrived.headers, 'callable-confirm', '2'),
    standingOnly: readChoice(arrived.headers, 'callable-standing', 'only'),
    copy: !readChoice(arrived.headers, 'callable-copy', 'no'),
    signal: arrived.signal,
    ...(typeof traceparent === 'string' && traceparent.length <= 80 ? { traceparent } : {}),
  };
}

function readTimeout({ config }: Pick<AdmissionContext, 'config'>, header: string | string[] | undefined): number {
  if (header === undefined) return config.defaultTimeoutMs;
  const ms = Number(header);
  if (!Number.isSafeInteger(ms) || ms < 1)
    throw new CallableError(
      'RequestInvalid',
      'callable-timeout-ms must be a whole number of milliseconds, at least 1.',
    );
  return Math.min(ms, config.maximumTimeoutMs);
}

/** Whether a header was given, which has one word to say. Another is refused: who asks for more than there is must hear so. */
function readChoice(headers: ArrivedCall['headers'], name: string, word: string): boolean {
  const said = ownMember(headers, name);
  if (said === undefined) return false;
  if (said !== word) throw new CallableError('RequestInvalid', `${name} must be ${word}, or not given.`);
  return true;
}
