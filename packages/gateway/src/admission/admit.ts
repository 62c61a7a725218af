import { CallableError, type CallEncoding } from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { Allowance } from '../limits/rate-limiter.ts';
import type { ArrivedCall } from './arrived-call.ts';
import type { Call } from './call.ts';
import { identifyCaller, isSigned } from './identify-caller.ts';

type AdmissionContext = Pick<GatewayContext, 'config' | 'clock' | 'random' | 'nonces' | 'rates'>;

/**
 * The call that arrived at a door, once nothing speaks against it: its size, the pace of callers without a key, its
 * signature, its deadline. Every door goes through here. `tellPace` hears what is left, also before a refusal.
 * Throws BodyTooLarge, TooManyRequests, RequestInvalid and what `identifyCaller` throws.
 */
export function admit(
  ctx: AdmissionContext,
  arrived: ArrivedCall,
  target: { reference: string; encoding: CallEncoding },
  tellPace: (allowance: Allowance) => void = () => {},
): Call {
  if (arrived.body.length > ctx.config.bodyBytes) throw new CallableError('BodyTooLarge');
  if (!isSigned(arrived)) limitPace(ctx, arrived.remote, tellPace);
  const { traceparent } = arrived.headers;
  return {
    ...target,
    body: arrived.body,
    caller: identifyCaller(ctx, arrived),
    timeoutMs: readTimeout(ctx, arrived.headers['callable-timeout-ms']),
    probe: arrived.headers['callable-probe'] === 'true',
    signal: arrived.signal,
    ...(typeof traceparent === 'string' && traceparent.length <= 80 ? { traceparent } : {}),
  };
}

function limitPace(
  { rates }: Pick<AdmissionContext, 'rates'>,
  remote: string,
  tellPace: (allowance: Allowance) => void,
): void {
  const allowance = rates.take(remote);
  if (!allowance) return;
  tellPace(allowance);
  if (!allowance.ok)
    throw new CallableError('TooManyRequests', undefined, { details: { retryAfterSeconds: allowance.resetSeconds } });
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
