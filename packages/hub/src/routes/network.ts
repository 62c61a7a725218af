import { addressOf, manifestLimits, NetworkView } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { software } from '../software.ts';

export function networkRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/network',
    {
      schema: {
        summary: 'Who this hub is, its policy, its gateways and whose labels it follows',
        response: { 200: NetworkView },
      },
    },
    () => ({
      hub: addressOf(ctx.key),
      software,
      policy: ctx.rules.policy,
      gateways: [...ctx.config.gateways],
      labelers: [...ctx.config.labelers],
      ...notReadyOf(ctx),
      limits: { releaseBytes: ctx.config.limits.releaseBytes, manifestBytes: manifestLimits.bytes },
    }),
  );
}

/** Clients that would write, and `callable up`, ask here whether they can. */
function notReadyOf({ tlog }: HubContext): Pick<NetworkView, 'notReady'> {
  if (tlog.rolledBack === null) return {};
  return { notReady: { reason: 'LogRolledBack', message: tlog.rolledBack } };
}
