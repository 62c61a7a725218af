import { type LoggedStatement, parseDigest, reduceState } from '@callable/protocol';
import type { Transaction } from 'kysely';
import { recordChange } from '../changes/record-change.ts';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { writeLabel } from './write-label.ts';

/** Folds one more label into what its signer says of its subject. */
export async function updateLabel(
  { rules }: Pick<HubContext, 'rules'>,
  tx: Transaction<Schema>,
  logged: LoggedStatement,
): Promise<void> {
  const { subject, signer, body } = logged.statement;
  const key = { subject, signer, label: String(body['label']) };
  const row = await tx
    .selectFrom('label')
    .select('content')
    .where('subject', '=', subject)
    .where('signer', '=', signer)
    .where('label', '=', key.label)
    .executeTakeFirst();
  const before = row ? readJson(row.content) : null;
  await writeLabel(tx, key, reduceState('label', before, logged, rules));
  const release = parseDigest(subject);
  if (release) await recordChange(tx, { topic: 'release', subject: release });
}
