import type { Address, WebhookView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { viewWebhook } from './view-webhook.ts';

/** The webhooks of a key, with what came of the last attempt of each. Nobody else sees them. */
export async function listWebhooks(ctx: Pick<HubContext, 'db' | 'key'>, owner: Address): Promise<WebhookView[]> {
  const rows = await ctx.db
    .selectFrom('webhook')
    .leftJoin('job', (join) =>
      join
        .onRef('job.release', '=', 'webhook.id' as never)
        .on('job.step', '=', 'deliver')
        .on('job.state', '=', 'ready'),
    )
    .selectAll('webhook')
    .select('job.run_at')
    .where('webhook.owner', '=', owner)
    .orderBy('webhook.created_at')
    .orderBy('webhook.id')
    .execute();
  return rows.map(({ run_at, ...row }) => viewWebhook(ctx, row, run_at));
}
