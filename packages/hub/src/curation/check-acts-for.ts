import { type Address, actsFor, CallableError, type Scope, type Statement } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findDelegations } from '../fold/find-delegations.ts';

/** Throws SignerNotAllowed unless the signer is who it is about (the publisher, a caller), or a key that may act for them now. */
export async function checkActsFor(
  ctx: Pick<HubContext, 'clock'>,
  tx: Transaction<Schema>,
  { signer: key }: Pick<Statement, 'signer'>,
  principal: Address,
  scope: Extract<Scope, 'publish' | 'call'> = 'publish',
): Promise<void> {
  if (key === principal) return;
  const at = Math.max(ctx.clock(), await lastLoggedAt(tx));
  if (actsFor(await findDelegations(tx, [principal]), { key, principal, scope, at })) return;
  throw new CallableError(
    'SignerNotAllowed',
    `${key} is not the ${scope === 'call' ? 'caller' : 'publisher'} ${principal} and may not act for it.`,
  );
}

/** The log's time never goes back, also where this machine's does. */
async function lastLoggedAt(tx: Transaction<Schema>): Promise<number> {
  const row = await tx.selectFrom('statement').select('logged_at').orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row?.logged_at ?? 0;
}
