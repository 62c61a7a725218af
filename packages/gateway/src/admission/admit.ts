import { bodyTooLarge } from '@callable/http';
import { CallableError, type CallEncoding, ownMember } from '@callable/protocol';
import type { Caller } from '../callers/caller.ts';
import type { GatewayContext } from '../context.ts';
import type { ArrivedCall } from './arrived-call.ts';
import type { Call } from './call.ts';
import { identifyCaller } from './identify-caller.ts';

type AdmissionContext = Pick<
  GatewayContext,
  'config' | 'address' | 'nonces' | 'signedSince' | 'keyRates' | 'origins' | 'nameKeyless' | 'delegations'
>;

/**
 * The call that arrived at a door, once nothing speaks against it: its size, its signature, its deadline. Every door
 * goes through here, and before it reads a body through `admitHeaders`.
 * At once where the caller signs nothing. Throws, or rejects with, BodyTooLarge, RequestInvalid and what `identifyCaller` throws.
 */
export function admit(
  ctx: AdmissionContext,
  arrived: ArrivedCall,
  target: { reference: string; encoding: CallEncoding },
): Call | Promise<Call> {
  if (arrived.body.length > ctx.config.bodyBytes) throw bodyTooLarge(ctx.config.bodyBytes, arrived.body.length);
  const caller = identifyCaller(ctx, arrived);
  // Only what is signed waits, for the memory of what was signed before.
  return caller instanceof Promise
    ? caller.then((signer) => describe(ctx, arrived, target, signer))
    : describe(ctx, arrived, target, caller);
}

/**
 * attack: a trace of fifty letters beyond ASCII is a hundred bytes on a link, where eighty are allowed: the node would end the link,
 * and with it the calls of everybody.
 */
const visible = /^[!-~]{1,80}$/;

function describe(
  ctx: AdmissionContext,
  { body, headers, remote, signal }: ArrivedCall,
  { reference, encoding }: { reference: string; encoding: CallEncoding },
  caller: Caller,
): Call {
  const { traceparent } = headers;
  return {
    reference,
    encoding,
    body,
    caller,
    origin: ctx.origins.ofAddress(remote),
    timeoutMs: readTimeout(ctx, headers['callable-timeout-ms']),
    probe: headers['callable-probe'] === 'true',
    confirm: readChoice(headers, 'callable-confirm', '2'),
    standingOnly: readChoice(headers, 'callable-standing', 'only'),
    copy: !readChoice(headers, 'callable-copy', 'no'),
    signal,
    traceparent: typeof traceparent === 'string' && visible.test(traceparent) ? traceparent : undefined,
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
