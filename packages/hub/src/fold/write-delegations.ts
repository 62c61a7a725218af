import type { Address, Delegation } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

export async function writeDelegations(
  tx: Transaction<Schema>,
  principal: Address,
  delegations: readonly Delegation[],
): Promise<void> {
  const content = toJsonText(delegations);
  await tx
    .insertInto('delegation')
    .values({ principal, content })
    .onConflict((conflict) => conflict.column('principal').doUpdateSet({ content }))
    .execute();
}
