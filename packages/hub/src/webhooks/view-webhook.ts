import type { WebhookView } from '@callable/protocol';
import type { Selectable } from 'kysely';
import type { HubContext } from '../context.ts';
import { readJson } from '../db/json-text.ts';
import type { WebhookTable } from '../db/webhook-table.ts';
import { openUrl, publicKeyOf } from './webhook-secrets.ts';

const timeOf = (ms: number) => new Date(ms).toISOString();

/** A webhook as its owner sees it. */
export function viewWebhook(
  { key }: Pick<HubContext, 'key'>,
  row: Selectable<WebhookTable>,
  nextAt: number | null,
): WebhookView {
  const { id, release, publisher, state, reason, failures } = row;
  return {
    ...{ id, release, publisher, state, reason, failures },
    url: openUrl(key, id, row.sealed_url),
    kinds: [...readJson(row.kinds)],
    createdAt: timeOf(row.created_at),
    publicKey: publicKeyOf(key, id),
    last:
      row.last_at === null
        ? null
        : {
            at: timeOf(row.last_at),
            delivered: row.last_delivered === true,
            status: row.last_status,
            message: row.last_message ?? '',
          },
    nextAttemptAt: nextAt === null || state === 'disabled' ? null : timeOf(nextAt),
  };
}
