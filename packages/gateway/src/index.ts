export { registerGateway } from './app.ts';
export { defaultGatewayConfig, type GatewayConfig, readGatewayConfig } from './config.ts';
export { createGatewayContext, type GatewayContext } from './context.ts';
export { createDirectLink } from './links/create-direct-link.ts';
export { type RunningGateway, startGateway } from './server.ts';
