import type { Address, Digest } from '@callable/protocol';
import type { HubContext } from '../context.ts';

/** What went wrong when a node was last asked to validate a release. */
export type Trouble = {
  node: Address;
  error: string;
  /** It went wrong more than once, or can never go well there: no accident that the next attempt mends. */
  isLasting: boolean;
};

/** Failures after which it is no accident any more. */
export const lastingAfter = 2;

/** The nodes that were asked to validate a release and have failed at it, for a reason of their own. */
export async function listTroubles(
  ctx: Pick<HubContext, 'db'>,
  release: Digest,
): Promise<ReadonlyMap<Address, Trouble>> {
  const rows = await ctx.db
    .selectFrom('job')
    .select(['assignee', 'attempts', 'state', 'last_error'])
    .where('release', '=', release)
    .where('step', '=', 'validate')
    .where('state', '!=', 'done')
    .where('last_error', 'is not', null)
    .execute();
  return new Map(
    rows.map((row) => {
      const node = row.assignee as Address;
      // An attempt that is going on has not failed yet.
      const failures = row.attempts - (row.state === 'leased' ? 1 : 0);
      const error = row.last_error ?? '';
      // What does not fit, or is not wanted, is not the next time either.
      const isLasting = failures >= (/^(NoNodeFits|NodeRefuses):/.test(error) ? 1 : 2);
      return [node, { node, error, isLasting }];
    }),
  );
}
