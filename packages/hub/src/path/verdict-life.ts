import type { HubContext } from '../context.ts';

const dayMs = 24 * 3600_000;

/** How long a verdict holds, milliseconds. */
export const lifeMs = (ctx: Pick<HubContext, 'rules'>) => ctx.rules.policy.freshness.verifiedSeconds * 1000;

/** How long before a verdict grows old the panel is asked again: a day, with short-lived verdicts a tenth. */
export const renewalMs = (ctx: Pick<HubContext, 'rules'>) => Math.min(dayMs, lifeMs(ctx) / 10);
