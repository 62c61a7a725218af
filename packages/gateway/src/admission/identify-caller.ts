import { hash } from 'node:crypto';
import {
  CallableError,
  onBehalfOf,
  type RequestVerdict,
  refuseKnownNonce,
  requestHeaders,
  type SignedCall,
  toHex,
  verifyRequest,
} from '@callable/protocol';
import type { Caller } from '../callers/caller.ts';
import type { GatewayContext } from '../context.ts';
import type { ArrivedRequest } from './arrived-call.ts';
import { refuseTooFast } from './refuse-too-fast.ts';

type IdentifyContext = Pick<
  GatewayContext,
  'address' | 'nonces' | 'signedSince' | 'keyRates' | 'nameKeyless' | 'delegations'
>;

/** An address that is signed is kept with the receipt, for ever: a caller must not make it any length. */
const longestPath = 1_024;

/**
 * The caller of a request: the signer of a signed one, nobody for one without a signature, which is known at once. Throws, or
 * rejects with, SignatureInvalid, RequestExpired, AudienceMismatch, RequestReplayed or DelegationMissing: a bad signature is never
 * taken for none.
 */
export function identifyCaller(ctx: IdentifyContext, request: ArrivedRequest): Caller | Promise<Caller> {
  // A keyless call has no signed request, so the gateway describes it: the receipt still names exactly one call.
  return isSigned(request) ? identifySigner(ctx, request) : ctx.nameKeyless(request.body, request.bodyHash);
}

async function identifySigner(ctx: IdentifyContext, request: ArrivedRequest): Promise<Caller> {
  if (request.path.length > longestPath)
    throw new CallableError('RequestInvalid', `The address of a signed call has at most ${longestPath} characters.`);
  const body = request.bodyHash ? toHex(request.bodyHash) : hash('sha256', request.body, 'hex');
  // attack: a request that names nobody, or a host that two servers answer to, is spent a second time at another gateway.
  const isFor = (audience: string | null) => audience === ctx.address;
  const verdict = verifyRequest({ ...request, body, isFor }, request.arrivedAt);
  if (!verdict.ok) throw new CallableError(verdict.reason);
  if (verdict.issuedAt < ctx.signedSince) throw signedBeforeStart(ctx.signedSince - verdict.issuedAt);
  // By a key that is proved: else anybody could use up what another has.
  refuseTooFast(ctx.keyRates.take(verdict.signer));
  await refuseKnownNonce(ctx.nonces, verdict, request.arrivedAt);
  // The caller stays the key that signed: in whose name it did is in what it signed, and the log says whether it might.
  const principal = onBehalfOf(verdict.terms);
  if (principal === 'invalid') throw new CallableError('RequestInvalid', '`onBehalfOf` must be an address.');
  if (principal !== null) await ctx.delegations.checkMayCall(verdict.signer, principal);
  return { address: verdict.signer, request: verdict.hash, signed: signedCallOf(request, body, verdict) };
}

/** What the caller signed, so that whoever reads the receipt can check it. */
function signedCallOf(
  { method, path, headers }: ArrivedRequest,
  body: string,
  { nonce, issuedAt, audience, terms }: Extract<RequestVerdict, { ok: true }>,
): SignedCall {
  const signature = String(headers[requestHeaders.signature]);
  const said = { method, path, body, nonce, issuedAt, signature };
  return audience === undefined
    ? { version: 1, ...said, audience: null, terms: null }
    : { version: 2, ...said, audience, terms: terms ?? null };
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
