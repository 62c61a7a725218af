import { type Address, CallableError, type Publisher, parseAddress } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** The address behind a publisher's name. */
export async function resolvePublisher(ctx: Pick<HubContext, 'db'>, publisher: Publisher): Promise<Address> {
  const address = parseAddress(publisher);
  if (address) return address;
  const row = await ctx.db.selectFrom('handle').select('owner').where('handle', '=', publisher).executeTakeFirst();
  if (!row) throw new CallableError('HandleNotFound', `Nobody has claimed the handle ${publisher}.`);
  return row.owner;
}
