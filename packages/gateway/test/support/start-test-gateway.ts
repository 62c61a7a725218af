import { CallableError, type CallReport, type ReleaseView } from '@callable/protocol';
import type { TestNode } from '@callable/stand-ins';
import { pino } from 'pino';
import type { GatewayConfig } from '../../src/config.ts';
import type { GatewayContext } from '../../src/context.ts';
import { createDirectLink } from '../../src/links/create-direct-link.ts';
import { startGateway } from '../../src/server.ts';

/** Not the default: a network that the developer runs beside the tests would answer there. */
const nobody = 'http://127.0.0.1:9';

/** A real gateway on a loopback port, with these releases instead of a hub and these nodes in the same process. */
export async function startTestGateway(options: {
  releases?: readonly ReleaseView[];
  nodes?: readonly TestNode[];
  config?: Partial<GatewayConfig>;
  overrides?: Partial<Omit<GatewayContext, 'config' | 'close'>>;
}) {
  const { releases = [], nodes = [] } = options;
  const reports: CallReport[] = [];
  const gateway = await startGateway(
    { port: 0, hubUrl: nobody, anonymousCallsPerMinute: 0, ...options.config },
    {
      log: pino({ level: 'silent' }),
      releases: {
        resolve: async (reference) => {
          const found = releases.find(
            (view) =>
              view.digest === reference || view.reference === reference || view.reference.split('@')[0] === reference,
          );
          if (!found) throw new CallableError('ReleaseNotFound');
          return found;
        },
      },
      reports: { add: (report) => void reports.push(report), flush: async () => {}, close: async () => {} },
      ...options.overrides,
    },
  );
  for (const node of nodes) gateway.ctx.links.attach(createDirectLink({ ...node, gateway: gateway.ctx.address }));
  return { ...gateway, reports, [Symbol.asyncDispose]: gateway[Symbol.asyncDispose] };
}
