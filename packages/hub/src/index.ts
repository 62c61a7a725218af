export { registerHub } from './app.ts';
export * from './config.ts';
export type { HubContext } from './context.ts';
export { createHubContext } from './create-context.ts';
export { delegateNode } from './delegations/delegate-node.ts';
export { answerUnknownRoutes } from './http/answer-problems.ts';
export { serverOptions } from './http/server-options.ts';
export { loadKey } from './keys/load-key.ts';
export { type RunningHub, startHub } from './start-hub.ts';
