import {
  type Address,
  aliasSubject,
  CallableError,
  parseModelName,
  parseReleaseRef,
  type ReleaseRef,
  type Statement,
  type StatementBody,
} from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { HubContext } from '../context.ts';
import type { Schema } from '../db/schema.ts';
import { findAlias } from '../fold/find-alias.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { type PacedStatement, takeStatement } from '../statements/take-statement.ts';
import { checkActsFor } from './check-acts-for.ts';

/** Lets a name of a publisher stand for another model, whoever's that is; or no more. */
export function setAlias(
  ctx: Pick<HubContext, 'db' | 'clock' | 'rules' | 'config'>,
  statement: Statement,
  network: string,
): Promise<PacedStatement> {
  const { publisher, name: word, target } = statement.body as StatementBody<'model.aliased'>;
  const name = parseModelName(word);
  if (!name) throw new CallableError('NameInvalid', `${JSON.stringify(word)} cannot be the name of a model.`);
  const subject = aliasSubject(publisher, name);
  if (statement.subject !== subject)
    throw new CallableError('StatementInvalid', `The subject of this statement is the alias, ${subject}.`);
  const ref = target === null ? null : parseReleaseRef(target);
  if (target !== null && (!ref || ref.digest))
    throw new CallableError('NameInvalid', 'An alias goes to publisher/name or publisher/name@1.0.0.');
  return takeStatement(ctx, { statement, network }, async (tx) => {
    await checkActsFor(ctx, tx, statement, publisher);
    if (ref) await checkTarget(tx, subject, ref);
  });
}

async function checkTarget(tx: Transaction<Schema>, subject: string, ref: ReleaseRef): Promise<void> {
  const publisher: Address = await resolvePublisher({ db: tx }, ref.publisher);
  const target = aliasSubject(publisher, ref.name);
  if (ref.version === null && (target === subject || (await findAlias(tx, aliasSubject(publisher, ref.name)))))
    throw new CallableError('AliasLoop', `${target} is ${target === subject ? 'the alias itself' : 'an alias too'}.`);
  const versions = await tx
    .selectFrom('release')
    .select('version')
    .where('publisher', '=', publisher)
    .where('name', '=', ref.name)
    .execute();
  if (!versions.some(({ version }) => ref.version === null || version === ref.version))
    throw new CallableError('ReleaseNotFound', `There is no release ${target}${ref.version ? `@${ref.version}` : ''}.`);
}
