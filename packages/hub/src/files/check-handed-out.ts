import { type Address, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { isWithheld } from './is-withheld.ts';

/** Throws ReleaseRefused when a tombstone of this hub covers these bytes. */
export async function checkHandedOut(ctx: Pick<HubContext, 'db' | 'rules'>, sha256: string): Promise<void> {
  if (await isWithheld(ctx, sha256)) throw refusedBytes(ctx.rules.hub, sha256);
}

const refusedBytes = (hub: Address, sha256: string) =>
  new CallableError('ReleaseRefused', `The hub ${hub} does not hand out the file ${sha256} of a release it refuses.`);
