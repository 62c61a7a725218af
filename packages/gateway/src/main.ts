import { readGatewayConfig } from './config.ts';
import { startGateway } from './server.ts';

const gateway = await startGateway(readGatewayConfig(process.env));
gateway.ctx.log.info({ url: gateway.url }, 'gateway listens');

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void gateway[Symbol.asyncDispose]());
