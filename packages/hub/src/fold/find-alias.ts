import { type Address, type Alias, aliasSubject, type ModelName } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** The alias of this name, or null. */
export async function findAlias(
  ctx: { db: Pick<HubContext['db'], 'selectFrom'> },
  publisher: Address,
  name: ModelName,
): Promise<Alias | null> {
  const row = await ctx.db
    .selectFrom('alias')
    .select('content')
    .where('subject', '=', aliasSubject(publisher, name))
    .executeTakeFirst();
  return row ? (JSON.parse(row.content) as Alias) : null;
}
