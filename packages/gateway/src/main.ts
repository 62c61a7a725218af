import { readGatewayConfig } from './config.ts';
import { startGateway } from './server.ts';

const gateway = await startGateway(readGatewayConfig(process.env));
gateway.ctx.log.info({ url: gateway.url }, 'gateway listens');

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
stop.signal.addEventListener('abort', () => void gateway[Symbol.asyncDispose]());
