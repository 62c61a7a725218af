import { WakeEstimate, WakeRequest } from '@callable/protocol';
import type { HubContext } from '../context.ts';
import { requireSigner } from '../http/require-signer.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { wakeRelease } from '../warming/wake-release.ts';

export function wakeRoutes(app: TypedApp, ctx: HubContext): void {
  app.post(
    '/v1/wakes',
    {
      schema: {
        summary:
          'A gateway has callers for a release that too few nodes hold: some fetch it, and this is when it answers; signed',
        body: WakeRequest,
        response: { 200: WakeEstimate },
      },
    },
    async (request) => wakeRelease(ctx, await requireSigner(ctx, request), request.body.release),
  );
}
