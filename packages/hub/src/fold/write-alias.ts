import type { Alias } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** Keeps an alias as it now is; null is none. */
export async function writeAlias(tx: Transaction<Schema>, subject: string, alias: Alias | null): Promise<void> {
  if (alias === null) {
    await tx.deleteFrom('alias').where('subject', '=', subject).execute();
    return;
  }
  const content = toJsonText(alias);
  await tx
    .insertInto('alias')
    .values({ subject, content })
    .onConflict((conflict) => conflict.column('subject').doUpdateSet({ content }))
    .execute();
}
