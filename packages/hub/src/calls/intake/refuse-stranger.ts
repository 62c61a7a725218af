import { addressOf, CallableError } from '@callable/protocol';
import type { HubContext } from '../../context.ts';

/** Throws SignerNotAllowed for who is none of the gateways this hub counts for: also before a signature is looked at. */
export function refuseStranger(ctx: Pick<HubContext, 'key' | 'config'>, signer: string): void {
  const claimed = signer.toLowerCase();
  const trusted = [addressOf(ctx.key), ...ctx.config.trustedGateways];
  if (trusted.some((gateway) => gateway.toLowerCase() === claimed)) return;
  throw new CallableError('SignerNotAllowed', `${signer} is not a gateway this hub counts for.`);
}
