import { sendHeadersOnly } from '@callable/http';
import { CallableError, UsageDayList } from '@callable/protocol';
import { Type } from '@callable/protocol/schema';
import type { HubContext } from '../context.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { dayOfName } from '../usage/days/day-name.ts';
import { listDays } from '../usage/days/list-days.ts';
import { openDayFile } from '../usage/days/open-day-file.ts';
import { splitEnding } from './split-ending.ts';

const name = Type.String({ maxLength: 20 });
const Before = Type.Object({
  before: Type.Optional(name),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
});

export function usageDaysRoutes(app: TypedApp, ctx: HubContext): void {
  app.get(
    '/v1/usage/days',
    {
      schema: {
        summary: 'The closed days whose figures can be downloaded (CC0), newest first; before a day: older ones',
        querystring: Before,
        response: { 200: UsageDayList },
      },
    },
    ({ query: { before, limit = 100 } }) =>
      listDays(ctx, { before: before === undefined ? null : need(before), limit }),
  );
  app.get(
    '/v1/usage/days/:file',
    {
      schema: {
        summary:
          'Figures of a closed day, a row for each release, publisher and node and one for the network: 2026-11-30.csv or .json; .note signs the hashes of both with the key of the log (C2SP signed-note)',
        params: Type.Object({ file: name }),
      },
    },
    async (request, reply) => {
      const { stem, ending } = splitEnding(request.params.file, ['csv', 'json', 'note']);
      if (ending === null) throw new CallableError('RouteNotFound', 'The rows of a day end in .csv, .json or .note.');
      const isHead = request.method === 'HEAD';
      const { bytes, size, type } = await openDayFile(ctx, { name: stem, ending, isHead });
      void reply
        .type(type)
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'public, max-age=60')
        .header('link', '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"');
      if (size !== null) void reply.header('content-length', String(size));
      return bytes ? reply.send(bytes) : sendHeadersOnly(reply);
    },
  );
}

function need(name: string): number {
  const day = dayOfName(name);
  if (day === null) throw new CallableError('RequestInvalid', `${name} is no day. One is written 2026-11-30.`);
  return day;
}
