import { hash } from 'node:crypto';
import {
  CallableError,
  refuseKnownNonce,
  requestHash,
  requestHeaders,
  toHex,
  verifyRequest,
  zeroAddress,
} from '@callable/protocol';
import type { GatewayContext } from '../context.ts';
import type { ArrivedRequest } from './arrived-call.ts';
import type { Caller } from './call.ts';
import { refuseTooFast } from './refuse-too-fast.ts';

/**
 * The caller of a request: the signer of a signed one, nobody for one without a signature. Throws SignatureInvalid,
 * RequestExpired, AudienceMismatch or RequestReplayed: a bad signature is never taken for none.
 */
export async function identifyCaller(
  ctx: Pick<GatewayContext, 'address' | 'clock' | 'random' | 'nonces' | 'signedSince' | 'keyRates'>,
  request: ArrivedRequest,
): Promise<Caller> {
  const body = hash('sha256', request.body, 'hex');
  if (!isSigned(request)) return writeDown(ctx, request, body);
  // attack: a request that names nobody, or a host that two servers answer to, is spent a second time at another gateway.
  const isFor = (audience: string | null) => audience === ctx.address;
  const verdict = verifyRequest({ ...request, body, isFor }, request.arrivedAt);
  if (!verdict.ok) throw new CallableError(verdict.reason);
  if (verdict.issuedAt < ctx.signedSince) throw signedBeforeStart(ctx.signedSince - verdict.issuedAt);
  // By a key that is proved: else anybody could use up what another has.
  refuseTooFast(ctx.keyRates.take(verdict.signer));
  await refuseKnownNonce(ctx.nonces, verdict, request.arrivedAt);
  return { address: verdict.signer, request: verdict.hash, nonce: verdict.nonce };
}

const signedBeforeStart = (ms: number) =>
  new CallableError(
    'RequestExpired',
    `The request was signed ${ms} ms before this gateway started, which cannot know whether it was used already.`,
  );

/** Terms that nobody signed are refused too, not served as though they had not been given. */
const signatureHeaders = [
  requestHeaders.signature,
  requestHeaders.signer,
  requestHeaders.audience,
  requestHeaders.terms,
];

export const isSigned = ({ headers }: Pick<ArrivedRequest, 'headers'>): boolean =>
  signatureHeaders.some((name) => headers[name] !== undefined);

/** A keyless call has no signed request, so the gateway describes it: the receipt still names exactly one call. */
function writeDown(ctx: Pick<GatewayContext, 'clock' | 'random'>, request: ArrivedRequest, body: string): Caller {
  const nonce = toHex(ctx.random(32));
  const { method, path } = request;
  return {
    address: zeroAddress,
    request: requestHash({ method, path, body, nonce, issuedAt: ctx.clock() }),
    nonce,
  };
}
