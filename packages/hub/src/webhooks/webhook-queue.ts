import type { Digest } from '@callable/protocol';

/** The queue of deliveries: slow endpoints hold up each other at most. */
export const webhookQueue = 'webhooks';
/** Its jobs name a webhook where others name a release. */
export type WebhookJob = Digest;
export const workersOfWebhooks = 8;
