import { type LoggedStatement, policyBeforeAny, statementKinds } from '@callable/protocol';
import { Check } from '@callable/protocol/schema';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import type { Schema } from '../db/schema.ts';
import { foldVersion } from './fold-version.ts';
import { readPolicy } from './read-policy.ts';
import { recheckReleases } from './recheck-releases.ts';

/** From this statement on its policy is in force; what was checked under another epoch is checked again. */
export async function updatePolicy(
  ctx: Pick<HubContext, 'clock' | 'rules'>,
  tx: Transaction<Schema>,
  { statement, loggedAt }: LoggedStatement,
): Promise<void> {
  const { body, signer } = statement;
  if (signer !== ctx.rules.hub || !Check(statementKinds['policy.adopted'].body, body)) return;
  // Whoever folds the log begins with the rules of the software, not with what this hub is configured to.
  const first = { rules: { ...ctx.rules, policy: policyBeforeAny } };
  const { policy: before, epochSince = 0 } = await readPolicy(first, tx);
  const isSameEpoch = before.epoch === body.policy.epoch;
  const row = { policy: toJsonText(body.policy), epoch_since: isSameEpoch ? epochSince : loggedAt };
  await tx
    .insertInto('log_fold')
    .values({ id: 1, version: foldVersion, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  if (!isSameEpoch) await recheckReleases(ctx, tx, loggedAt, body.policy);
}
