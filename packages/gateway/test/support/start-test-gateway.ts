import {
  type ArrivedBatch,
  CallableError,
  type Digest,
  type Receipt3,
  type ReleaseView,
  type SignedCall,
} from '@callable/protocol';
import type { TestNode } from '@callable/stand-ins';
import { pino } from 'pino';
import type { GatewayConfig } from '../../src/config.ts';
import type { GatewayContext } from '../../src/context.ts';
import { createDirectLink } from '../../src/links/create-direct-link.ts';
import { startGateway } from '../../src/server.ts';

/** What the gateway said of a call that ended. */
export type Reported =
  | { outcome: 'good'; receipt: Receipt3; request: SignedCall | null; batch: ArrivedBatch }
  | { outcome: 'failed'; release: Digest };

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
  const reports: Reported[] = [];
  const unused: Receipt3[] = [];
  const gateway = await startGateway(
    { port: 0, hubUrl: nobody, anonymousCallsPerMinute: 0, ...options.config },
    {
      log: pino({ level: 'silent' }),
      // What is not there at once does not come.
      settledAt: 0,
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
      reports: {
        take: () => {},
        used: ({ receipt, batch }, request) => void reports.push({ outcome: 'good', receipt, request, batch }),
        unused: ({ receipt }) => void unused.push(receipt),
        wanted: () => {},
        failed: (digest) => void reports.push({ outcome: 'failed', release: digest }),
        flush: async () => {},
        close: async () => {},
      },
      ...options.overrides,
    },
  );
  const attach = (node: TestNode) => {
    const link = createDirectLink({ ...node, gateway: gateway.ctx.address });
    gateway.ctx.links.attach(link);
    return link;
  };
  for (const node of nodes) attach(node);
  return { ...gateway, attach, reports, unused, [Symbol.asyncDispose]: gateway[Symbol.asyncDispose] };
}
