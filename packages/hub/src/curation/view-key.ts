import { CallableError, type KeyView, parseAddress, parseHandle } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { findDelegations } from '../fold/find-delegations.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { listLabels } from './list-labels.ts';

/** Everything that is said of a key and by it about its helpers. By address or handle. */
export async function viewKey(ctx: Pick<HubContext, 'db' | 'clock' | 'config'>, text: string): Promise<KeyView> {
  const name = parseAddress(text) ?? parseHandle(text);
  if (!name) throw new CallableError('NameInvalid', `${JSON.stringify(text)} is neither an address nor a handle.`);
  const address = await resolvePublisher(ctx, name);
  const handles = await ctx.db.selectFrom('handle').select('handle').where('owner', '=', address).limit(100).execute();
  const labels = await Promise.all(
    [address, ...handles.map(({ handle }) => handle)].map((one) => listLabels(ctx, one)),
  );
  const delegations = await findDelegations(ctx.db, [address]);
  return {
    address,
    handles: handles.map(({ handle }) => handle),
    delegations: delegations.map(({ key, scopes, notBefore, notAfter, revokedAt }) => ({
      key,
      scopes: [...scopes],
      notBefore: timeOf(notBefore),
      notAfter: timeOf(notAfter),
      revokedAt: revokedAt === null ? null : timeOf(revokedAt),
    })),
    labels: labels.flat(),
  };
}

const timeOf = (ms: number) => new Date(ms).toISOString();
