import type { Label } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';

/** Keeps a label as it now is; null is none. */
export async function writeLabel(
  tx: Transaction<Schema>,
  { subject, signer, label: word }: Pick<Label, 'subject' | 'signer' | 'label'>,
  label: Label | null,
): Promise<void> {
  if (label === null) {
    await tx
      .deleteFrom('label')
      .where('subject', '=', subject)
      .where('signer', '=', signer)
      .where('label', '=', word)
      .execute();
    return;
  }
  const row = { expires_at: label.expiresAt, since: label.since, content: toJsonText(label) };
  await tx
    .insertInto('label')
    .values({ subject, signer, label: word, ...row })
    .onConflict((conflict) => conflict.columns(['subject', 'signer', 'label']).doUpdateSet(row))
    .execute();
}
