import { type Address, CallableError } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { WebhookJob } from './webhook-queue.ts';

/** Ends a webhook of this key; one of another is as unknown as none. */
export async function removeWebhook(ctx: Pick<HubContext, 'db'>, owner: Address, id: string): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    const gone = await tx
      .deleteFrom('webhook')
      .where('id', '=', id)
      .where('owner', '=', owner)
      .returning('id')
      .executeTakeFirst();
    if (!gone) throw new CallableError('WebhookNotFound');
    await tx
      .deleteFrom('job')
      .where('release', '=', id as WebhookJob)
      .where('step', '=', 'deliver')
      .execute();
  });
}
