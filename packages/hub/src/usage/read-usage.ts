import type { Address, UsageCaller, UsageHour, UsageWord } from '@callable/protocol';
import type { Transaction } from 'kysely';
import type { Schema } from '../db/schema.ts';

type Asked = { release: string; from: number; until: number };

/** The rows of a release on these days, as files were counted into them. */
export async function readUsage(
  tx: Transaction<Schema>,
  { release, from, until }: Asked,
): Promise<{ hours: UsageHour[]; callers: UsageCaller[]; words: UsageWord[] }> {
  const digest = Buffer.from(release, 'hex');
  const hours = await tx
    .selectFrom('usage_hour')
    .selectAll()
    .where('release', '=', digest)
    .where('day', '>=', from)
    .where('day', '<=', until)
    .execute();
  const callers = await tx
    .selectFrom('usage_caller')
    .selectAll()
    .where('release', '=', digest)
    .where('day', '>=', from)
    .where('day', '<=', until)
    .execute();
  return {
    hours: hours.map(({ day: _, node, ...row }) => ({ ...row, release, node: orNone(node) })),
    callers: callers.map(({ node, caller, principal, gateway, tag, ...row }) => ({
      ...{ ...row, release, tag: tag.toString('hex') },
      ...{
        node: addressOf(node),
        caller: addressOf(caller),
        principal: orNone(principal),
        gateway: addressOf(gateway),
      },
    })),
    words: [],
  };
}

const addressOf = (bytes: Buffer) => `0x${bytes.toString('hex')}` as Address;

const orNone = (bytes: Buffer) => (bytes.length > 0 ? addressOf(bytes) : '');
