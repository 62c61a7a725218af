export * from './actions/nodes.ts';
export * from './actions/releases.ts';
export * from './actions/run-model.ts';
export * from './actions/uploads.ts';
export * from './client/client.ts';
export * from './client/read-json.ts';
export * from './client/release-path.ts';
export * from './client/send-request.ts';
