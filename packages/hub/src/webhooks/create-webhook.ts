import {
  type Address,
  CallableError,
  eventKinds,
  type Publisher,
  type WebhookCreated,
  type WebhookRequest,
} from '@callable/protocol';
import { sql } from 'kysely';
import type { HubContext } from '../context.ts';
import { toJsonText } from '../db/json-text.ts';
import { resolvePublisher } from '../handles/resolve-publisher.ts';
import { enqueueJob } from '../jobs/enqueue-job.ts';
import { findRelease } from '../releases/find-release.ts';
import { parseWebhookUrl } from './parse-webhook-url.ts';
import { viewWebhook } from './view-webhook.ts';
import { type WebhookJob, webhookQueue } from './webhook-queue.ts';
import { sealUrl, secretOf } from './webhook-secrets.ts';

/** Keys are free: a network, and all together, have bounds too. */
const most = { owner: 10, network: 200, all: 100_000 };

/** Adds a webhook of this key. It is told nothing before its endpoint has repeated a challenge. */
export async function createWebhook(
  ctx: Pick<HubContext, 'db' | 'clock' | 'key' | 'config' | 'random'>,
  owner: Address,
  request: WebhookRequest,
  network: string,
): Promise<WebhookCreated> {
  const url = parseWebhookUrl(request.url, ctx.config.peerScope);
  if ((request.release === undefined) === (request.publisher === undefined))
    throw new CallableError('RequestInvalid', 'A webhook is for a release or for a publisher.');
  const release = request.release === undefined ? null : (await findRelease(ctx, request.release)).digest;
  const publisher =
    request.publisher === undefined ? null : await resolvePublisher(ctx, request.publisher as Publisher);
  const id = Buffer.from(ctx.random(16)).toString('hex');
  const kinds = toJsonText(eventKinds.filter((kind) => request.kinds?.includes(kind) ?? true));
  return ctx.db.transaction().execute(async (tx) => {
    // One at a time, so that no two pass the same bound.
    await sql`select pg_advisory_xact_lock(hashtextextended('webhooks', 0))`.execute(tx);
    const { rows } = await sql<{ owner: number; network: number; all: number }>`
      select (select count(*) from webhook where owner = ${owner})::integer as owner,
        (select count(*) from webhook where network = ${network})::integer as network,
        (select count(*) from webhook)::integer as all`.execute(tx);
    const [taken] = rows;
    if (!taken || taken.owner >= most.owner)
      throw new CallableError('TooManyWebhooks', `A key has ${most.owner} webhooks at most.`);
    if (taken.network >= most.network || taken.all >= most.all) throw new CallableError('TooManyWebhooks');
    const { last } = await tx
      .selectFrom('event')
      .select(({ fn }) => fn.coalesce(fn.max('seq'), sql<number>`0`).as('last'))
      .executeTakeFirstOrThrow();
    const row = await tx
      .insertInto('webhook')
      .values({
        ...{
          id,
          owner,
          network,
          release,
          publisher,
          kinds,
          sealed_url: sealUrl(ctx.key, id, url.href),
          state: 'pending',
        },
        ...{ reason: null, created_at: ctx.clock(), told: last, failures: 0, failing_since: null, retry_at: null },
        ...{ last_at: null, last_delivered: null, last_status: null, last_message: null },
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await enqueueJob(ctx, tx, { release: id as WebhookJob, step: 'deliver', assignee: webhookQueue });
    return { ...viewWebhook(ctx, row, ctx.clock()), secret: secretOf(ctx.key, id) };
  });
}
