import type { Address, Delegation } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

export async function writeDelegations(
  tx: Transaction<Schema>,
  principal: Address,
  delegations: readonly Delegation[],
): Promise<void> {
  const content = JSON.stringify(delegations);
  await tx
    .insertInto('delegation')
    .values({ principal, content })
    .onConflict((conflict) => conflict.column('principal').doUpdateSet({ content }))
    .execute();
}
