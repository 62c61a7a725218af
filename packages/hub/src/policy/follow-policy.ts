import type { HubContext } from '../context.ts';
import { readPolicy } from '../fold/read-policy.ts';

/** Another process of this hub may have adopted a policy: all of them answer by the one the log named last. */
export async function followPolicy(ctx: Pick<HubContext, 'db' | 'rules'>): Promise<void> {
  Object.assign(ctx.rules, await readPolicy(ctx, ctx.db));
}
