export * from './fetch-from-peer.ts';
export * from './request-bytes.ts';
export * from './source-failure.ts';
