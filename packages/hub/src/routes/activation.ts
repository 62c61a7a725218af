import { ActivationView } from '@callable/protocol';
import { createActivationFigures } from '../activation/activation-figures.ts';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';

export function activationRoutes(app: TypedApp, ctx: HubContext): void {
  const figures = createActivationFigures(ctx);
  app.get(
    '/v1/activation',
    {
      schema: {
        summary: 'How many releases are at each stage of their path, how long it took them, and what nobody calls',
        response: { 200: ActivationView },
      },
    },
    figures,
  );
}
