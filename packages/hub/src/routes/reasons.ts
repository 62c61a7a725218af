import { CallableError, findReason, reasons } from '@callable/protocol';
import { Type } from 'typebox';
import type { TypedApp } from '../http/typed-app.ts';

const ByCode = Type.Object({ code: Type.String({ maxLength: 60 }) });

export function reasonRoutes(app: TypedApp): void {
  app.get('/reasons', { schema: { summary: 'The vocabulary of conditions and errors' } }, () => ({ reasons }));
  app.get(
    '/reasons/:code',
    { schema: { summary: 'What a reason means, who can do what about it', params: ByCode } },
    (request) => {
      const { code } = request.params;
      const reason = findReason(code);
      if (!reason) throw new CallableError('RouteNotFound', `There is no reason ${code}.`);
      return { code, ...reason };
    },
  );
}
