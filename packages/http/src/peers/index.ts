export * from './fetch-from-peer.ts';
export * from './post-to-peer.ts';
export * from './request-bytes.ts';
export * from './resolve-peer.ts';
export * from './source-failure.ts';
