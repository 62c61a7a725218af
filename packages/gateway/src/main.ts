import { tellIfClosed } from '@callable/http';
import { readGatewayConfig } from './config.ts';
import { startGateway } from './server.ts';

const gateway = await startGateway(readGatewayConfig(process.env));
gateway.ctx.log.info({ url: gateway.url }, 'gateway listens');

tellIfClosed(gateway.ctx.config, 'CALLABLE_GATEWAY_PUBLIC_URLS', gateway.ctx.log);

const stop = () => void gateway[Symbol.asyncDispose]();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
if (process.env.CALLABLE_END_WITH_STDIN === '1') process.stdin.resume().once('close', stop).unref?.();
